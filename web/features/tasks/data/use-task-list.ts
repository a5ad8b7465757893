"use client";

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { responseData } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { taskListsKey } from "@/lib/tasks";
import type { Query } from "../model/view";

const PAGE_SIZE = 30;

/** Load the tasks that match `query`, page by page. */
export function useTaskList(query: Query) {
  const { api, user } = useService();
  const path = { user_id: user.uuid };
  return useInfiniteQuery({
    queryKey: [...taskListsKey(user.uuid), query],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) => {
      const cursor = pageParam === null ? {} : { cursor: pageParam };
      const params = { path, query: { ...query, limit: PAGE_SIZE, ...cursor } };
      return responseData(api.GET("/api/v1/{user_id}/tasks", { params, signal }));
    },
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });
}
