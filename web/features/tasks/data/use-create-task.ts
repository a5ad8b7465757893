"use client";

import { useMutation } from "@tanstack/react-query";
import { changesOf } from "@/lib/api";
import type { Schemas } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import { pushChanges } from "@/lib/undo-stack";
import { useTaskCache } from "./use-task-cache";

type NewTask = Pick<Schemas["TaskFields"], "title"> & Schemas["TaskChanges"];

export function useCreateTask() {
  const { api, user } = useService();
  const { refresh } = useTaskCache();
  const params = { path: { user_id: user.uuid } };
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: async (task: NewTask) => {
      const body = { description: null, completed: false, priority: null, due_date: null, tag_ids: [], ...task };
      const { data: created, response } = await api.POST("/api/v1/{user_id}/tasks", { params, body });
      if (!created) throw new Error("The response of the service contains no task");
      pushChanges(user.uuid, changesOf(response));
      return created;
    },
    onSuccess: () => void refresh(),
  });
}
