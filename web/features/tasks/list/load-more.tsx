"use client";

import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import type { useTaskList } from "../data/use-task-list";
import { countInWords } from "../model/count";
import { focusTask } from "./row-focus";

interface Props {
  list: ReturnType<typeof useTaskList>;
  loaded: number;
  total: number;
}

export function LoadMore({ list, loaded, total }: Props) {
  async function load() {
    await list.fetchNextPage();
    // The button may be gone or far below now, so move the focus to the first new task.
    requestAnimationFrame(() => focusTask(loaded));
  }

  if (list.isFetchNextPageError) return <ErrorNotice error={list.error} onRetry={() => void load()} />;
  if (!list.hasNextPage) return null;
  return (
    <div className="grid justify-items-center gap-2">
      <Button tone="outline" disabled={list.isFetchingNextPage} onClick={() => void load()}>
        {list.isFetchingNextPage ? "Loading…" : "Load more"}
      </Button>
      <p className="text-sm text-muted">
        {loaded < total ? `Showing ${loaded} of ${countInWords(total)} tasks.` : `Showing ${loaded} tasks. There are more.`}
      </p>
    </div>
  );
}
