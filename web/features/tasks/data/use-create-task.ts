"use client";

import { useMutation } from "@tanstack/react-query";
import { responseData } from "@/lib/api";
import type { Schemas } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import { useTaskCache } from "./use-task-cache";

type NewTask = Pick<Schemas["TaskFields"], "title"> & Schemas["TaskChanges"];

export function useCreateTask() {
  const { api, user } = useService();
  const { refresh } = useTaskCache();
  const params = { path: { user_id: user.uuid } };
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: (task: NewTask) => {
      const body = { description: null, completed: false, priority: null, due_date: null, tag_ids: [], ...task };
      return responseData(api.POST("/api/v1/{user_id}/tasks", { params, body }));
    },
    onSuccess: () => void refresh(),
  });
}
