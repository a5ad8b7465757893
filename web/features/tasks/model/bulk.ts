import type { Schemas } from "@/lib/api";
import type { Task } from "./task";

export type Bulk = Omit<Schemas["BulkAction"], "priority" | "tag_id"> & Partial<Schemas["BulkAction"]>;

/** A bulk action that another bulk action can undo, without its task ids. Deletion has its own undo. */
export type BulkChange = Omit<Bulk, "action" | "task_ids"> & { action: Exclude<Bulk["action"], "delete"> };

const INVERSE = { complete: "reopen", reopen: "complete", add_tag: "remove_tag", remove_tag: "add_tag" } as const;

export function bulkOf(change: BulkChange, tasks: readonly Task[]): Bulk {
  return { ...change, task_ids: tasks.map(({ id }) => id) };
}

/** Return the bulk actions that undo `change`. `tasks` are the changed tasks as they were before. */
export function inverseOf(change: BulkChange, tasks: readonly Task[]): Bulk[] {
  if (change.action !== "set_priority") return [bulkOf({ ...change, action: INVERSE[change.action] }, tasks)];
  const former = [...new Set(tasks.map(({ priority }) => priority))];
  return former.map((priority) => bulkOf({ ...change, priority }, tasks.filter((task) => task.priority === priority)));
}

/** Return whether `change` would leave the task unchanged. */
export function isUnchangedBy(task: Task, { action, priority, tag_id }: BulkChange): boolean {
  if (action === "complete") return task.completed;
  if (action === "reopen") return !task.completed;
  if (action === "set_priority") return task.priority === priority;
  return task.tags.some(({ id }) => id === tag_id) === (action === "add_tag");
}
