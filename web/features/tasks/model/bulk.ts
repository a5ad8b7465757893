import type { Schemas } from "@/lib/api";
import type { Task } from "./task";

export type Bulk = Omit<Schemas["BulkAction"], "priority" | "tag_id"> & Partial<Schemas["BulkAction"]>;

/** A bulk action on tasks that stay in the list, without its task ids. */
export type BulkChange = Omit<Bulk, "action" | "task_ids"> & { action: Exclude<Bulk["action"], "delete"> };

export function bulkOf(change: BulkChange, tasks: readonly Task[]): Bulk {
  return { ...change, task_ids: tasks.map(({ id }) => id) };
}

/** Return whether `change` would leave the task unchanged. */
export function isUnchangedBy(task: Task, { action, priority, tag_id }: BulkChange): boolean {
  if (action === "complete") return task.completed;
  if (action === "reopen") return !task.completed;
  if (action === "set_priority") return task.priority === priority;
  return task.tags.some(({ id }) => id === tag_id) === (action === "add_tag");
}
