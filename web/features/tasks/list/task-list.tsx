"use client";

import { ErrorNotice } from "@/components/error-notice";
import { cn } from "@/lib/cn";
import type { useTaskList } from "../data/use-task-list";
import { countInWords } from "../model/count";
import type { Task } from "../model/task";
import { canReorder } from "../model/view";
import type { View } from "../model/view";
import { Empty } from "./empty";
import { ListSkeleton } from "./list-skeleton";
import { LoadMore } from "./load-more";
import type { RowActions, RowError } from "./task-row";
import { TaskRows } from "./task-rows";

interface Props {
  list: ReturnType<typeof useTaskList>;
  tasks: readonly Task[];
  /** The number of tasks that match the filters. */
  matching: number;
  /** The number of all tasks, or undefined if it is not loaded. */
  total: number | undefined;
  view: View;
  selection: ReadonlySet<string> | null;
  errors: ReadonlyMap<string, RowError>;
  actions: RowActions;
  onChange: (view: View) => void;
  onAdd: () => void;
}

export function TaskList({ list, tasks, matching, total, view, onChange, onAdd, ...rows }: Props) {
  const retry = () => void list.refetch();
  if (list.isPending) return <ListSkeleton />;
  if (!list.data) return <ErrorNotice error={list.error} onRetry={retry} />;
  return (
    <div
      aria-busy={list.isPlaceholderData}
      className={cn("grid grid-cols-[minmax(0,1fr)] gap-5 transition-opacity", list.isPlaceholderData && "opacity-60")}
    >
      <p role="status" className="sr-only">
        {list.isPlaceholderData ? "" : matching === 1 ? "1 task" : `${countInWords(matching)} tasks`}
      </p>
      {list.isError && !list.isFetchNextPageError && <ErrorNotice error={list.error} onRetry={retry} />}
      {tasks.length > 0 && <TaskRows tasks={tasks} movable={canReorder(view)} {...rows} />}
      {tasks.length === 0 && !list.hasNextPage && (
        <Empty view={view} total={total} onChange={onChange} onAdd={onAdd} />
      )}
      <LoadMore list={list} loaded={tasks.length} total={matching} />
    </div>
  );
}
