"use client";

import { useMutation } from "@tanstack/react-query";
import { responseData } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import type { Task } from "../model/task";
import { useTaskCache } from "./use-task-cache";

export interface Completion {
  task: Task;
  completed: boolean;
  /** Whether this change undoes another one. */
  isUndo?: boolean;
}

interface Callbacks {
  onDone: (change: Completion) => void;
  onFailure: (error: Error, change: Completion) => void;
}

/** Complete or reopen a task. The lists show the change at once, and revert it if it fails. */
export function useCompleteTask({ onDone, onFailure }: Callbacks) {
  const { api, user } = useService();
  const cache = useTaskCache();
  const set = (id: string, completed: boolean) => cache.change([id], (task) => ({ ...task, completed }));
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: ({ task, completed }: Completion) => {
      const params = { path: { user_id: user.uuid, task_id: task.id } };
      return responseData(api.PATCH("/api/v1/{user_id}/tasks/{task_id}", { params, body: { completed } }));
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
