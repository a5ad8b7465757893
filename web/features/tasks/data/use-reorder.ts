"use client";

import { useMutation } from "@tanstack/react-query";
import { changesOf } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import type { Task } from "../model/task";
import type { Order } from "../model/view";
import { reorderedIds } from "./pages";
import { useTaskCache } from "./use-task-cache";

interface Move {
  shown: readonly Task[];
  /** The id of the task to move, and the id of the task whose position it gets. */
  from: string;
  to: string;
  order: Order;
}

/** Move a task to the position of another task. Returns the changes, for undo. */
export function useReorder() {
  const { api, user } = useService();
  const cache = useTaskCache();
  const params = { path: { user_id: user.uuid } };
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: async ({ shown, from, to, order }: Move) => {
      const task_ids = reorderedIds(shown, from, to, order);
      if (task_ids.length === 0) return [];
      const { response } = await api.POST("/api/v1/{user_id}/tasks/reorder", { params, body: { task_ids } });
      return changesOf(response);
    },
    onMutate: ({ from, to }) => cache.move(from, to),
    // After a success and after an error alike: the service knows the actual order.
    onSettled: () => void cache.refresh(),
  });
}
