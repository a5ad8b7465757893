/** Key of all cached queries about a user's tasks. Every change to a task invalidates them. */
export const tasksKey = (uuid: string) => ["tasks", uuid] as const;

/** Key of the cached task lists of a user. */
export const taskListsKey = (uuid: string) => [...tasksKey(uuid), "list"] as const;
