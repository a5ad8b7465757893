"use client";

import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { howMany } from "./count";
import type { useTaskList } from "./queries";
import { focusTask } from "./row-focus";

interface Props {
  list: ReturnType<typeof useTaskList>;
  loaded: number;
  total: number;
}

export function LoadMore({ list, loaded, total }: Props) {
  async function load() {
    await list.fetchNextPage();
    // The button may be gone, or far below: go on with the first of the new ones.
    requestAnimationFrame(() => focusTask(loaded));
  }

  if (list.isFetchNextPageError) return <Failure error={list.error} onRetry={() => void load()} />;
  if (!list.hasNextPage) return null;
  return (
    <div className="grid justify-items-center gap-2">
      <Button tone="outline" disabled={list.isFetchingNextPage} onClick={() => void load()}>
        {list.isFetchingNextPage ? "Loading…" : "Load more"}
      </Button>
      <p className="text-sm text-muted">
        {loaded < total ? `${loaded} of ${howMany(total)} are shown.` : `${loaded} are shown, and there are more.`}
      </p>
    </div>
  );
}
