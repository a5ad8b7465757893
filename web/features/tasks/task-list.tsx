"use client";

import { Failure } from "@/components/failure";
import { cn } from "@/lib/cn";
import { howMany } from "./count";
import { Empty } from "./empty";
import { ListSkeleton } from "./list-skeleton";
import { LoadMore } from "./load-more";
import type { useTaskList } from "./queries";
import type { RowActions, RowFailure } from "./task-row";
import { TaskRows } from "./task-rows";
import type { Task } from "./task";
import { canReorder } from "./view";
import type { View } from "./view";

interface Props {
  list: ReturnType<typeof useTaskList>;
  tasks: readonly Task[];
  /** How many match, and how many there are at all. */
  matching: number;
  total: number | undefined;
  view: View;
  selection: ReadonlySet<string> | null;
  failures: ReadonlyMap<string, RowFailure>;
  actions: RowActions;
  onChange: (view: View) => void;
  onAdd: () => void;
}

export function TaskList({ list, tasks, matching, total, view, onChange, onAdd, ...rows }: Props) {
  const retry = () => void list.refetch();
  if (list.isPending) return <ListSkeleton />;
  if (!list.data) return <Failure error={list.error} onRetry={retry} />;
  return (
    <div
      aria-busy={list.isPlaceholderData}
      className={cn("grid grid-cols-[minmax(0,1fr)] gap-5 transition-opacity", list.isPlaceholderData && "opacity-60")}
    >
      <p role="status" className="sr-only">
        {list.isPlaceholderData ? "" : countText(matching)}
      </p>
      {list.isError && !list.isFetchNextPageError && <Failure error={list.error} onRetry={retry} />}
      {tasks.length > 0 && <TaskRows tasks={tasks} movable={canReorder(view)} {...rows} />}
      {tasks.length === 0 && !list.hasNextPage && (
        <Empty view={view} total={total} onChange={onChange} onAdd={onAdd} />
      )}
      <LoadMore list={list} loaded={tasks.length} total={matching} />
    </div>
  );
}

function countText(count: number): string {
  return count === 1 ? "1 task" : `${howMany(count)} tasks`;
}
