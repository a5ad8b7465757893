"use client";

import { useMutation } from "@tanstack/react-query";
import { changesOf, responseData } from "@/lib/api";
import type { Api, Schemas } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import { pushChanges } from "@/lib/undo-stack";
import type { Task } from "../model/task";
import { useTaskCache } from "./use-task-cache";

interface Edit {
  /** The task with which the form was filled. */
  base: Task;
  changes: Schemas["TaskChanges"];
}

/** Thrown if a task was changed elsewhere after its form was opened. */
export class EditConflict extends Error {
  readonly current: Task;

  constructor(current: Task) {
    super(`Task ${current.id} is at version ${current.version}`);
    this.current = current;
  }
}

/** Save an edit. Throws `EditConflict` if the task has changed since `base`. */
export function useSaveTask() {
  const { api, user } = useService();
  const { refresh } = useTaskCache();
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: ({ base, changes }: Edit) => save(api, user.uuid, base, changes),
    onSettled: () => void refresh(),
  });
}

// The service sends an ETag with a single task but not with a list. So the task is fetched first,
// and its version is compared with the version that the form shows.
async function save(api: Api, user_id: string, base: Task, body: Schemas["TaskChanges"]): Promise<void> {
  const params = { path: { user_id, task_id: base.id } };
  const { data: current, response } = await api.GET("/api/v1/{user_id}/tasks/{task_id}", { params });
  if (!current) throw new Error("The response of the service contains no task");
  if (current.version !== base.version) throw new EditConflict(current);
  const headers = { "If-Match": response.headers.get("ETag") ?? "" };
  try {
    const saved = await api.PATCH("/api/v1/{user_id}/tasks/{task_id}", { params, body, headers });
    pushChanges(user_id, changesOf(saved.response));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 412) throw error;
    throw new EditConflict(await responseData(api.GET("/api/v1/{user_id}/tasks/{task_id}", { params })));
  }
}
