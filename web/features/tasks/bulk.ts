import type { Bulk } from "./changes";
import type { Task } from "./task";

/** What can be done to selected tasks and taken back by its like; their deletion is a way of its own. */
export type BulkChange = Omit<Bulk, "action" | "task_ids"> & { action: Exclude<Bulk["action"], "delete"> };

const INVERSE = { complete: "reopen", reopen: "complete", add_tag: "remove_tag", remove_tag: "add_tag" } as const;

export function bulkOf(change: BulkChange, tasks: readonly Task[]): Bulk {
  return { ...change, task_ids: tasks.map(({ id }) => id) };
}

/** Returns what makes `tasks`, of which `change` was true of none, what they were before it. */
export function inverseOf(change: BulkChange, tasks: readonly Task[]): Bulk[] {
  if (change.action !== "set_priority") return [bulkOf({ ...change, action: INVERSE[change.action] }, tasks)];
  const former = [...new Set(tasks.map(({ priority }) => priority))];
  return former.map((priority) => bulkOf({ ...change, priority }, tasks.filter((task) => task.priority === priority)));
}

/** Tells whether `change` would leave the task as it is. */
export function isSo(task: Task, { action, priority, tag_id }: BulkChange): boolean {
  if (action === "complete") return task.completed;
  if (action === "reopen") return !task.completed;
  if (action === "set_priority") return task.priority === priority;
  return task.tags.some(({ id }) => id === tag_id) === (action === "add_tag");
}
