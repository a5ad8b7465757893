"use client";

import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { FormEvent, KeyboardEvent } from "react";
import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import type { Chat } from "@/lib/chat";
import type { Thread } from "@/lib/chat-types";
import { useRemove, useRename } from "../data/use-conversation";
import type { History } from "../data/use-conversation";

// The limit of the service.
const MAX_TITLE = 200;

interface Props {
  chat: Chat;
  history: History;
  /** The id of the open conversation. */
  current: string | undefined;
  onOpen: (thread: Thread) => void;
  onRemoved: (id: string) => void;
}

/** The user's conversations: to open, rename and delete. */
export function HistoryList({ chat, history, current, onOpen, onRemoved }: Props) {
  const { threads, isPending, error, hasNextPage, isFetchingNextPage } = history;
  return (
    <section
      aria-label="Conversations"
      className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] content-start gap-3 overflow-y-auto overscroll-contain p-4 text-sm"
    >
      {isPending && <Skeleton className="h-24" />}
      {error && <ErrorNotice error={error} onRetry={() => void history.refetch()} />}
      {!isPending && !error && threads.length === 0 && <p className="text-muted">You have no conversations yet.</p>}
      {threads.length > 0 && (
        <ul className="grid grid-cols-[minmax(0,1fr)] divide-y divide-line">
          {threads.map((thread) => (
            <Entry
              key={thread.id}
              chat={chat}
              thread={thread}
              isCurrent={thread.id === current}
              onOpen={() => onOpen(thread)}
              onRemoved={() => onRemoved(thread.id)}
            />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button
          tone="outline"
          className="justify-self-center"
          disabled={isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </section>
  );
}

interface EntryProps {
  chat: Chat;
  thread: Thread;
  isCurrent: boolean;
  onOpen: () => void;
  onRemoved: () => void;
}

function Entry({ chat, thread, isCurrent, onOpen, onRemoved }: EntryProps) {
  const [mode, setMode] = useState<"shown" | "renaming" | "removing">("shown");
  const rename = useRename(chat);
  const remove = useRemove(chat);
  const title = thread.title || "Untitled";
  const error = rename.error ?? remove.error;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("title")).trim();
    if (typed === "" || typed === title) setMode("shown");
    else rename.mutate({ id: thread.id, title: typed }, { onSuccess: () => setMode("shown") });
  }

  function startRemoving() {
    remove.mutate(thread.id, { onSuccess: onRemoved });
  }

  function retry() {
    if (rename.error) rename.mutate(rename.variables, { onSuccess: () => setMode("shown") });
    else startRemoving();
  }

  function cancelByEscape(event: KeyboardEvent) {
    if (event.key !== "Escape") return;
    event.preventDefault(); // otherwise the panel closes
    setMode("shown");
  }

  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-2 py-1">
      {mode === "renaming" ? (
        <form onSubmit={submit} onKeyDown={cancelByEscape} className="flex flex-wrap gap-2 py-1">
          <Input
            name="title"
            aria-label="Title of the conversation"
            defaultValue={thread.title ?? ""}
            maxLength={MAX_TITLE}
            autoComplete="off"
            autoFocus
            className="min-w-0 flex-1"
          />
          <Button type="submit" disabled={rename.isPending}>
            Save
          </Button>
        </form>
      ) : (
        <div className="flex items-center gap-1">
          <button
            type="button"
            aria-current={isCurrent ? "true" : undefined}
            className="min-h-10 min-w-0 flex-1 cursor-pointer truncate rounded-lg px-2 text-left hover:bg-sunken aria-[current]:font-semibold"
            onClick={onOpen}
          >
            {title}
          </button>
          <Button tone="quiet" size="icon" aria-label={`Rename “${title}”`} onClick={() => setMode("renaming")}>
            <Pencil aria-hidden />
          </Button>
          <Button tone="quiet" size="icon" aria-label={`Delete “${title}”`} onClick={() => setMode("removing")}>
            <Trash2 aria-hidden />
          </Button>
        </div>
      )}
      {mode === "removing" && (
        <div role="group" aria-label={`Delete “${title}”?`} onKeyDown={cancelByEscape} className="grid gap-2 px-2 pb-2">
          <p>Delete this conversation? Your tasks stay.</p>
          <div className="flex gap-2">
            <Button
              tone="danger"
              autoFocus
              disabled={remove.isPending}
              onClick={startRemoving}
            >
              Delete
            </Button>
            <Button tone="outline" onClick={() => setMode("shown")}>
              Keep
            </Button>
          </div>
        </div>
      )}
      {error && <ErrorNotice error={error} onRetry={retry} />}
    </li>
  );
}
