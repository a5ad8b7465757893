"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useService } from "@/lib/service-provider";
import { refetchTasks, taskListsKey, tasksKey } from "@/lib/tasks";
import type { Task } from "../model/task";
import { changeTasks, moveTask, removeTasks } from "./pages";
import type { Pages } from "./pages";

/** Update the cached lists before the service has responded, and refetch them afterwards. */
export function useTaskCache() {
  const queries = useQueryClient();
  const { user } = useService();
  const lists = { queryKey: taskListsKey(user.uuid) };

  async function update(change: (pages: Pages) => Pages): Promise<void> {
    // A response to an earlier query does not contain the change and would overwrite it.
    await queries.cancelQueries(lists);
    queries.setQueriesData<Pages>(lists, (pages) => pages && change(pages));
  }

  return {
    change: (ids: readonly string[], change: (task: Task) => Task) =>
      update((pages) => changeTasks(pages, new Set(ids), change)),
    remove: (ids: readonly string[]) => update((pages) => removeTasks(pages, new Set(ids))),
    move: (from: string, to: string) => update((pages) => moveTask(pages, from, to)),
    /** Refetch tasks and tags, unless another mutation is running: that mutation will refetch. */
    refresh: async () => {
      if (queries.isMutating({ mutationKey: tasksKey(user.uuid) }) > 1) return;
      await refetchTasks(queries, user.uuid);
    },
  };
}
