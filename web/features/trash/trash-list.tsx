"use client";

import { Trash2, Undo2 } from "lucide-react";
import { useRef } from "react";
import { toast } from "sonner";
import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { taskCount } from "@/lib/task-count";
import { useUndo } from "@/lib/use-undo";
import type { OfferUndo } from "@/lib/use-undo";
import { ConfirmDeletion } from "./confirm-deletion";
import { useRestore, useTrash } from "./use-trash";
import type { TrashedTask } from "./use-trash";

const ROW = "grid gap-2 py-3.5 sm:flex sm:items-center sm:gap-4";

export function TrashList() {
  const trash = useTrash();
  const { offer } = useUndo();
  const summary = useRef<HTMLParagraphElement>(null);
  const focusSummary = () => summary.current?.focus();

  if (trash.isPending) return <TrashSkeleton />;
  const { data, error, refetch } = trash;
  const items = data ? data.pages.flatMap((page) => page.items) : [];
  const total = data?.pages[0]?.total ?? 0;
  return (
    <div className="grid gap-5">
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <div className="flex min-h-10 flex-wrap items-center justify-between gap-3">
            <p ref={summary} tabIndex={-1} role="status" className="rounded text-sm text-muted">
              {total === 0 ? "The trash is empty." : `${taskCount(total)} in the trash.`}
            </p>
            {total > 0 && (
              <ConfirmDeletion
                what="all"
                title="Empty the trash?"
                action="Delete all for ever"
                onDeleted={() => {
                  toast("The trash is empty.");
                  focusSummary();
                }}
              >
                <Button tone="outline">
                  <Trash2 aria-hidden />
                  Empty the trash
                </Button>
              </ConfirmDeletion>
            )}
          </div>
          <Card className="py-2 sm:py-3">
            {total === 0 && <NoTasks />}
            <ul aria-label="Deleted tasks" className="divide-y divide-line">
              {items.map((item) => (
                <Row key={item.task.id} item={item} offer={offer} onGone={focusSummary} />
              ))}
            </ul>
          </Card>
          {trash.hasNextPage && (
            <Button
              tone="outline"
              className="justify-self-center"
              disabled={trash.isFetchingNextPage}
              onClick={() => void trash.fetchNextPage()}
            >
              {trash.isFetchingNextPage ? "Loading…" : "Load more"}
            </Button>
          )}
        </>
      )}
    </div>
  );
}

interface RowProps {
  item: TrashedTask;
  offer: OfferUndo;
  /** Called after the row is removed from the list, together with the focused button. */
  onGone: () => void;
}

function Row({ item: { task, deleted_at }, offer, onGone }: RowProps) {
  const { mutateAsync, isPending, error } = useRestore();

  async function restore() {
    let changes;
    try {
      changes = await mutateAsync(task.id);
    } catch {
      return; // `error` is shown
    }
    if (changes.length > 0) offer(`Restored “${task.title}”.`, changes);
    else toast(`“${task.title}” is not in the trash any more.`);
    onGone();
  }

  return (
    <li className={ROW}>
      <div className="grid min-w-0 flex-1 gap-1">
        <span className="font-medium wrap-anywhere">{task.title}</span>
        {task.description && <p className="line-clamp-2 text-sm wrap-anywhere text-muted">{task.description}</p>}
        <p className="text-sm text-muted">
          Deleted <time dateTime={deleted_at}>{timeText(deleted_at)}</time>
        </p>
        {error && <ErrorNotice error={error} onRetry={() => void restore()} />}
      </div>
      <div className="flex items-center gap-1">
        <Button
          tone="outline"
          aria-label={`Restore “${task.title}”`}
          disabled={isPending}
          onClick={() => void restore()}
        >
          <Undo2 aria-hidden />
          Restore
        </Button>
        <ConfirmDeletion
          what={task.id}
          title={`Delete “${task.title}” for ever?`}
          action="Delete for ever"
          onDeleted={() => {
            toast(`“${task.title}” was deleted for ever.`);
            onGone();
          }}
        >
          <Button tone="quiet" size="icon" aria-label={`Delete “${task.title}” for ever`}>
            <Trash2 aria-hidden />
          </Button>
        </ConfirmDeletion>
      </div>
    </li>
  );
}

function NoTasks() {
  return (
    <div className="grid gap-1 py-6">
      <h2 className="text-xl">No deleted tasks</h2>
      <p className="max-w-prose text-muted">
        When you delete a task, it moves here, and you can restore it for 30 days. After that, it is deleted for ever.
      </p>
    </div>
  );
}

function TrashSkeleton() {
  return (
    <div className="grid gap-5" aria-busy>
      <Skeleton className="h-10 w-40 rounded-lg" />
      <Card className="divide-y divide-line py-2 sm:py-3">
        {[1, 2, 3].map((row) => (
          <div key={row} className={ROW}>
            <Skeleton className="h-5 w-56" />
          </div>
        ))}
      </Card>
    </div>
  );
}

function timeText(time: string): string {
  return new Date(time).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}
