"use client";

import { useQuery } from "@tanstack/react-query";
import { responseData } from "./api";
import { useService } from "./service-provider";
import { tasksKey } from "./tasks";

/** Load the statistics of all tasks. "Today" is the current day in the time zone `tz`. */
export function useStats(tz: string) {
  const { api, user } = useService();
  const params = { path: { user_id: user.uuid }, query: { tz } };
  return useQuery({
    queryKey: [...tasksKey(user.uuid), "stats", tz],
    queryFn: ({ signal }) => responseData(api.GET("/api/v1/{user_id}/tasks/stats", { params, signal })),
  });
}
