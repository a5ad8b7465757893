"use client";

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { tagsKey } from "@/lib/tags";
import { tasksKey } from "@/lib/tasks";
import { changeTasks, moveTask, removeTasks } from "./pages";
import type { Pages } from "./pages";
import type { Task } from "./task";
import type { Query } from "./view";

const PAGE = 30;

const listsKey = (uuid: string) => [...tasksKey(uuid), "list"] as const;

export function useTaskList(query: Query) {
  const { api, person } = useService();
  const path = { user_id: person.uuid };
  return useInfiniteQuery({
    queryKey: [...listsKey(person.uuid), query],
    initialPageParam: null as string | null,
    queryFn: ({ signal, pageParam }) => {
      const cursor = pageParam === null ? {} : { cursor: pageParam };
      const params = { path, query: { ...query, limit: PAGE, ...cursor } };
      return answer(api.GET("/api/v1/{user_id}/tasks", { params, signal }));
    },
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** Returns the numbers of all tasks; today is that of `tz`. */
export function useStats(tz: string) {
  const { api, person } = useService();
  const params = { path: { user_id: person.uuid }, query: { tz } };
  return useQuery({
    queryKey: [...tasksKey(person.uuid), "stats", tz],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/{user_id}/tasks/stats", { params, signal })),
  });
}

/** Changes what the lists show before the service has answered, and asks again afterwards. */
export function useTaskCache() {
  const queries = useQueryClient();
  const { person } = useService();
  const lists = { queryKey: listsKey(person.uuid) };

  async function show(change: (pages: Pages) => Pages): Promise<void> {
    // An answer that is on its way does not know of the change.
    await queries.cancelQueries(lists);
    queries.setQueriesData<Pages>(lists, (pages) => pages && change(pages));
  }

  return {
    change: (ids: readonly string[], change: (task: Task) => Task) =>
      show((pages) => changeTasks(pages, new Set(ids), change)),
    remove: (ids: readonly string[]) => show((pages) => removeTasks(pages, new Set(ids))),
    move: (from: string, to: string) => show((pages) => moveTask(pages, from, to)),
    /** Asks again, unless another change is on its way: that one will ask. */
    refresh: async () => {
      if (queries.isMutating({ mutationKey: tasksKey(person.uuid) }) > 1) return;
      await Promise.all([
        queries.invalidateQueries({ queryKey: tasksKey(person.uuid) }),
        queries.invalidateQueries({ queryKey: tagsKey(person.uuid) }),
      ]);
    },
  };
}
