"use client";

import { History as HistoryIcon, SquarePen } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { useAssistant } from "@/lib/assistant";
import type { Action } from "@/lib/chat-types";
import { useConversation } from "../data/use-conversation";
import { joined } from "../model/saved";
import { PanelHeader } from "../parts/panel-header";
import { Composer } from "./composer";
import { HistoryList } from "./history-list";
import { Messages } from "./messages";
import { Suggestions } from "./suggestions";

interface Props {
  onClose: () => void;
  onOpenTask: (id: string) => void;
}

export function ConversationPanel({ onClose, onOpenTask }: Props) {
  const { request } = useAssistant();
  const { chat, store, state, history } = useConversation();
  const [isHistory, setHistory] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const handled = useRef<typeof request>(null);
  const { activity, thread, draft, progress, said } = state;
  const isEmpty = thread === null && state.items.length === 0 && state.sending === null;
  const title = history.threads.find(({ id }) => id === thread?.id)?.title ?? thread?.title;

  const focusField = () => requestAnimationFrame(() => field.current?.focus());

  useEffect(() => {
    if (!request || handled.current === request) return;
    handled.current = request;
    if (request.text) store.setDraft(joined(store.getState().draft, request.text));
    setHistory(false);
    focusField();
  }, [request, store]);

  // A message that could not be sent offline is sent when the connection is back.
  useEffect(() => {
    const retry = () => {
      if (store.getState().failure?.isOffline) store.retry();
    };
    window.addEventListener("online", retry);
    return () => window.removeEventListener("online", retry);
  }, [store]);

  function act(itemId: string, action: Action) {
    if (action.handler === "server") store.act(itemId, action);
    else if (action.type === "task.open" && typeof action.payload?.task_id === "string") onOpenTask(action.payload.task_id);
  }

  function startNew() {
    store.startNew();
    setHistory(false);
    focusField();
  }

  return (
    <>
      <PanelHeader conversation={title} onClose={onClose}>
        <Button tone="quiet" size="icon" aria-label="New conversation" onClick={startNew}>
          <SquarePen aria-hidden />
        </Button>
        <Button
          tone="quiet"
          size="icon"
          aria-label="Conversations"
          aria-pressed={isHistory}
          className="aria-pressed:bg-tint"
          onClick={() => setHistory(!isHistory)}
        >
          <HistoryIcon aria-hidden />
        </Button>
      </PanelHeader>
      {/* The whole answer at its end: a live region around growing text would read each word. */}
      <p role="status" className="sr-only">
        {activity === "busy" ? BUSY : (progress ?? said)}
      </p>
      {isHistory ? (
        <HistoryList
          chat={chat}
          history={history}
          current={thread?.id}
          onOpen={(opened) => {
            store.open(opened);
            setHistory(false);
            focusField();
          }}
          onRemoved={(id) => id === thread?.id && store.startNew()}
        />
      ) : (
        <>
          <Messages state={state} busyText={BUSY} onAction={act} onRetry={() => store.retry()}>
            {isEmpty && (
              <Suggestions
                onChoose={(message) => {
                  store.say(message);
                  focusField();
                }}
              />
            )}
          </Messages>
          <Composer
            field={field}
            draft={draft}
            isRunning={activity === "answering" || activity === "busy"}
            onChange={store.setDraft}
            onSend={() => store.say(draft)}
            onStop={store.stop}
          />
        </>
      )}
    </>
  );
}

const BUSY = "The assistant is busy. Waiting…";
