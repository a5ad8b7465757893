"use client";

import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { Skeleton } from "@/components/ui/skeleton";
import type { Action, Item } from "@/lib/chat-types";
import type { State } from "../data/create-conversation";
import { textOf } from "../model/conversation";
import { MarkdownText } from "../parts/markdown-text";
import { WidgetView } from "./widget-view";

const NEAR_END_PX = 80;

interface Props {
  state: State;
  busyText: string;
  onAction: (itemId: string, action: Action) => void;
  onRetry: () => void;
  children: ReactNode;
}

/** The messages and cards of a conversation. The view follows the end, unless the user has scrolled up. */
export function Messages({ state, busyText, onAction, onRetry, children }: Props) {
  const { items, sending, activity, progress, growing, notice, failure } = state;
  const view = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const isRunning = activity === "answering" || activity === "busy";

  useEffect(() => {
    if (isAtEnd.current) view.current?.scrollTo({ top: view.current.scrollHeight });
  });

  function onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = view.current as HTMLDivElement;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  return (
    <div
      ref={view}
      role="region"
      aria-label="Conversation"
      aria-busy={activity !== "idle"}
      // A scrolled region must be reachable by keyboard.
      tabIndex={0}
      onScroll={onScroll}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-4 text-sm"
    >
      {/* A grid of its own: rows of a grid with a fixed height would shrink lists. */}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 wrap-anywhere">
        {activity === "loading" && <Skeleton className="h-24" />}
        {children}
        {items.map((item) => (
          <Message key={item.id} item={item} isDisabled={isRunning} onAction={(action) => onAction(item.id, action)} />
        ))}
        {sending !== null && <UserText text={sending} />}
        {activity === "busy" && <p className="text-muted">{busyText}</p>}
        {activity === "answering" && growing.length === 0 && (
          <p className="animate-pulse text-muted motion-reduce:animate-none">{progress ?? "Thinking…"}</p>
        )}
        {notice && <p className="text-muted">{notice}</p>}
        {failure && (
          <Notice title={failure.title}>
            {failure.advice && <p>{failure.advice}</p>}
            {failure.canRetry && (
              <Button tone="outline" className="mt-2 justify-self-start" onClick={onRetry}>
                Try again
              </Button>
            )}
          </Notice>
        )}
      </div>
    </div>
  );
}

interface MessageProps {
  item: Item;
  isDisabled: boolean;
  onAction: (action: Action) => void;
}

function Message({ item, isDisabled, onAction }: MessageProps) {
  if (item.type === "user_message") return <UserText text={textOf(item)} />;
  if (item.type === "widget") return <WidgetView widget={item.widget} isDisabled={isDisabled} onAction={onAction} />;
  return (
    <div data-message="assistant">
      <span className="sr-only">The assistant: </span>
      <MarkdownText text={textOf(item)} />
    </div>
  );
}

function UserText({ text }: { text: string }) {
  return (
    <p
      data-message="user"
      className="max-w-5/6 justify-self-end rounded-2xl rounded-br-md bg-tint px-3.5 py-2 wrap-anywhere whitespace-pre-wrap"
    >
      <span className="sr-only">You: </span>
      {text}
    </p>
  );
}
