import type { QueryClient } from "@tanstack/react-query";

/** Key of all cached queries about a user's tasks. Every change to a task invalidates them. */
export const tasksKey = (uuid: string) => ["tasks", uuid] as const;

/** Key of the cached task lists of a user. */
export const taskListsKey = (uuid: string) => [...tasksKey(uuid), "list"] as const;

/** Key of a user's cached tags. Creating or deleting a task changes their counts. */
export const tagsKey = (uuid: string) => ["tags", uuid] as const;

/** Refetch a user's tasks and tags after a change. */
export async function refetchTasks(queries: QueryClient, uuid: string): Promise<void> {
  const refetch = async (queryKey: readonly string[]) => {
    // The first load of a query is not repeated by `invalidateQueries`, but it may lack the change.
    await queries.cancelQueries({ queryKey });
    await queries.invalidateQueries({ queryKey });
  };
  await Promise.all([refetch(tasksKey(uuid)), refetch(tagsKey(uuid))]);
}
