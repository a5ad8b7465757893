/** All that is known of a person's tasks: lists and numbers. Whoever changes any invalidates it. */
export const tasksKey = (uuid: string) => ["tasks", uuid] as const;
