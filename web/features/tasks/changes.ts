"use client";

import { useMutation } from "@tanstack/react-query";
import { answer } from "@/lib/api";
import type { Api, Schemas } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import { reorderedIds } from "./pages";
import { useTaskCache } from "./queries";
import { MAX_AT_ONCE } from "./task";
import type { Task } from "./task";
import type { Order } from "./view";

export type Bulk = Omit<Schemas["BulkAction"], "priority" | "tag_id"> & Partial<Schemas["BulkAction"]>;
export type NewTask = Pick<Schemas["TaskFields"], "title"> & Schemas["TaskChanges"];

export function useCreateTask() {
  const { api, person } = useService();
  const { refresh } = useTaskCache();
  const params = { path: { user_id: person.uuid } };
  return useMutation({
    mutationKey: tasksKey(person.uuid),
    mutationFn: (task: NewTask) => {
      const body = { description: null, completed: false, priority: null, due_date: null, tag_ids: [], ...task };
      return answer(api.POST("/api/v1/{user_id}/tasks", { params, body }));
    },
    onSuccess: () => void refresh(),
  });
}

export interface Completion {
  task: Task;
  completed: boolean;
  /** Whether this takes another one back. */
  isUndo?: boolean;
}

interface Outcome {
  onDone: (change: Completion) => void;
  onFailure: (error: Error, change: Completion) => void;
}

/** Completes or reopens a task; the lists show it at once, and take it back if it fails. */
export function useComplete({ onDone, onFailure }: Outcome) {
  const { api, person } = useService();
  const cache = useTaskCache();
  const set = (id: string, completed: boolean) => cache.change([id], (task) => ({ ...task, completed }));
  return useMutation({
    mutationKey: tasksKey(person.uuid),
    mutationFn: ({ task, completed }: Completion) => {
      const params = { path: { user_id: person.uuid, task_id: task.id } };
      return answer(api.PATCH("/api/v1/{user_id}/tasks/{task_id}", { params, body: { completed } }));
    },
    onMutate: ({ task, completed }) => set(task.id, completed),
    onSuccess: (_, change) => onDone(change),
    onError: async (error, change) => {
      await set(change.task.id, !change.completed);
      onFailure(error, change);
    },
    onSettled: () => void cache.refresh(),
  });
}

export interface Edit {
  base: Task;
  changes: Schemas["TaskChanges"];
}

/** Thrown when a task is no longer what its form was filled with. */
export class ChangedMeanwhile extends Error {
  readonly current: Task;

  constructor(current: Task) {
    super(`Task ${current.id} is at version ${current.version}`);
    this.current = current;
  }
}

/** Saves an edit unless the task has changed since `base`; then it throws `ChangedMeanwhile`. */
export function useSaveTask() {
  const { api, person } = useService();
  const { refresh } = useTaskCache();
  return useMutation({
    mutationKey: tasksKey(person.uuid),
    mutationFn: ({ base, changes }: Edit) => save(api, person.uuid, base, changes),
    onSettled: () => void refresh(),
  });
}

// An ETag is of all that a task shows, and comes with that task alone, not with a list. So it is
// asked for here, where the version tells whether it is the task that the form shows.
async function save(api: Api, user_id: string, base: Task, body: Schemas["TaskChanges"]): Promise<Task> {
  const params = { path: { user_id, task_id: base.id } };
  const { data: current, response } = await api.GET("/api/v1/{user_id}/tasks/{task_id}", { params });
  if (!current) throw new Error("The service answered without a task");
  if (current.version !== base.version) throw new ChangedMeanwhile(current);
  const headers = { "If-Match": response.headers.get("ETag") ?? "" };
  try {
    return await answer(api.PATCH("/api/v1/{user_id}/tasks/{task_id}", { params, body, headers }));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    throw new ChangedMeanwhile(await answer(api.GET("/api/v1/{user_id}/tasks/{task_id}", { params })));
  }
}

/** Thrown when of several bulk changes some were made; `left` are the others. */
export class PartlyDone extends Error {
  readonly left: readonly Bulk[];

  constructor(left: readonly Bulk[], cause: unknown) {
    super(`${left.length} bulk changes failed`, { cause });
    this.left = left;
  }
}

/** Makes bulk changes, each of other tasks, and returns the ids of those that were gone already. */
export function useBulk() {
  const { api, person } = useService();
  const { refresh } = useTaskCache();
  return useMutation({
    mutationKey: tasksKey(person.uuid),
    mutationFn: (actions: readonly Bulk[]) => bulks(api, person.uuid, actions),
    onSettled: () => void refresh(),
  });
}

async function bulks(api: Api, user_id: string, actions: readonly Bulk[]): Promise<string[]> {
  const results = await Promise.allSettled(actions.map((action) => bulk(api, user_id, action)));
  const failed = results.find((result) => result.status === "rejected");
  if (!failed) return results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  const left = actions.filter((_, index) => results[index]?.status === "rejected");
  throw left.length < actions.length ? new PartlyDone(left, failed.reason) : failed.reason;
}

interface Move {
  shown: readonly Task[];
  from: string;
  to: string;
  order: Order;
}

/** Moves a task to the place of another one. */
export function useReorder() {
  const { api, person } = useService();
  const cache = useTaskCache();
  const params = { path: { user_id: person.uuid } };
  return useMutation({
    mutationKey: tasksKey(person.uuid),
    mutationFn: async ({ shown, from, to, order }: Move) => {
      const task_ids = reorderedIds(shown, from, to, order);
      if (task_ids.length === 0) return;
      await answer(api.POST("/api/v1/{user_id}/tasks/reorder", { params, body: { task_ids } }));
    },
    onMutate: ({ from, to }) => cache.move(from, to),
    // Whether it worked or not: what the service says is how they stand.
    onSettled: () => void cache.refresh(),
  });
}

/** Deletes tasks for good, also while the page is being left. */
export async function deleteTasks(api: Api, user_id: string, ids: readonly string[]): Promise<void> {
  await bulk(api, user_id, { action: "delete", task_ids: [...ids] }, true);
}

/** Does one thing to many tasks. Those that are gone already are no error; their ids are returned. */
async function bulk(api: Api, user_id: string, { task_ids, ...action }: Bulk, keepalive = false): Promise<string[]> {
  const gone: string[] = [];
  for (let start = 0; start < task_ids.length; start += MAX_AT_ONCE) {
    const some = { ...action, task_ids: task_ids.slice(start, start + MAX_AT_ONCE) };
    gone.push(...(await bulkOfThoseThere(api, user_id, some, keepalive)));
  }
  return gone;
}

// The service changes all or none, so the others are asked for again without those that are gone.
async function bulkOfThoseThere(api: Api, user_id: string, action: Bulk, keepalive: boolean): Promise<string[]> {
  const params = { path: { user_id } };
  const body = { priority: null, tag_id: null, ...action };
  try {
    await answer(api.POST("/api/v1/{user_id}/tasks/bulk", { params, body, keepalive }));
    return [];
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "tasks_unknown") throw error;
    const gone = action.task_ids.filter((id) => error.unknown.includes(id));
    const task_ids = action.task_ids.filter((id) => !error.unknown.includes(id));
    if (gone.length === 0) throw error;
    if (task_ids.length === 0) return gone;
    return [...gone, ...(await bulkOfThoseThere(api, user_id, { ...action, task_ids }, keepalive))];
  }
}
