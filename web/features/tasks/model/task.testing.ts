import type { Task } from "./task";

/** Return a task with a title, default values and the given `fields`. */
export function taskOf(id: string, fields: Partial<Task> = {}): Task {
  return {
    id,
    user_id: "u",
    title: `Task ${id}`,
    description: null,
    completed: false,
    completed_at: null,
    priority: null,
    due_date: null,
    position: 1,
    tags: [],
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    version: 1,
    ...fields,
  };
}
