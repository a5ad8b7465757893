"use client";

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { changesOf, responseData } from "@/lib/api";
import type { Schemas } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import { useService } from "@/lib/service-provider";
import { refetchTasks, tasksKey } from "@/lib/tasks";

export type TrashedTask = Schemas["TrashedTask"];

const PAGE_SIZE = 50;

/** Load the tasks in the trash, page by page, the latest deleted first. */
export function useTrash() {
  const { api, user } = useService();
  return useInfiniteQuery({
    // Below the key of the tasks, because each change of tasks can change the trash.
    queryKey: [...tasksKey(user.uuid), "trash"],
    initialPageParam: 1,
    queryFn: ({ signal, pageParam }) => {
      const params = { path: { user_id: user.uuid }, query: { page: pageParam, limit: PAGE_SIZE } };
      return responseData(api.GET("/api/v1/{user_id}/trash", { params, signal }));
    },
    getNextPageParam: ({ page, pages }) => (page < pages ? page + 1 : null),
  });
}

/** Move a task back to the list. Returns the changes, for undo: none if it was not in the trash any more. */
export function useRestore() {
  const { api, user } = useService();
  const refresh = useRefresh();
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: (task_id: string) =>
      unlessGone(async () => {
        const params = { path: { user_id: user.uuid, task_id } };
        return changesOf((await api.POST("/api/v1/{user_id}/trash/{task_id}/restore", { params })).response);
      }),
    onSettled: refresh,
  });
}

/** Delete a task in the trash for ever, or all tasks in the trash. */
export function useDeleteForEver() {
  const { api, user } = useService();
  const refresh = useRefresh();
  const { uuid: user_id } = user;
  return useMutation({
    mutationKey: tasksKey(user_id),
    mutationFn: (task_id: string | "all") =>
      unlessGone(async () => {
        if (task_id === "all") await api.DELETE("/api/v1/{user_id}/trash", { params: { path: { user_id } } });
        else await api.DELETE("/api/v1/{user_id}/trash/{task_id}", { params: { path: { user_id, task_id } } });
        return [];
      }),
    onSettled: refresh,
  });
}

function useRefresh() {
  const queries = useQueryClient();
  const { user } = useService();
  return () => refetchTasks(queries, user.uuid);
}

/** Ignore that another tab has restored or deleted the task already. */
async function unlessGone(work: () => Promise<string[]>): Promise<string[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}
