"use client";

import { useMutation } from "@tanstack/react-query";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import type { Bulk } from "../model/bulk";
import { runBulk } from "./run-bulk";
import { useTaskCache } from "./use-task-cache";

/** Run one action on several tasks. */
export function useBulk() {
  const { api, user } = useService();
  const { refresh } = useTaskCache();
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: (action: Bulk) => runBulk(api, user.uuid, action),
    onSettled: () => void refresh(),
  });
}
