"use client";

import { useMutation } from "@tanstack/react-query";
import { changesOf } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import type { Changes } from "@/lib/undo-stack";
import type { Task } from "../model/task";
import { useTaskCache } from "./use-task-cache";

export interface Completion {
  task: Task;
  completed: boolean;
}

interface Callbacks {
  onDone: (change: Completion, changes: Changes) => void;
  onFailure: (error: Error, change: Completion) => void;
}

/** Complete or reopen a task. The lists show the change at once, and revert it if it fails. */
export function useCompleteTask({ onDone, onFailure }: Callbacks) {
  const { api, user } = useService();
  const cache = useTaskCache();
  const set = (id: string, completed: boolean) => cache.change([id], (task) => ({ ...task, completed }));
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: async ({ task, completed }: Completion) => {
      const params = { path: { user_id: user.uuid, task_id: task.id } };
      const { response } = await api.PATCH("/api/v1/{user_id}/tasks/{task_id}", { params, body: { completed } });
      return changesOf(response);
    },
    onMutate: ({ task, completed }) => set(task.id, completed),
    onSuccess: (changes, change) => onDone(change, changes),
    onError: async (error, change) => {
      await set(change.task.id, !change.completed);
      onFailure(error, change);
    },
    onSettled: () => void cache.refresh(),
  });
}
