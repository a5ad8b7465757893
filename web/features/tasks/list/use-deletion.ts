"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import type { Changes } from "@/lib/undo-stack";
import { runBulk } from "../data/run-bulk";
import { useTaskCache } from "../data/use-task-cache";
import type { Task } from "../model/task";

interface Callbacks {
  onDone: (tasks: readonly Task[], changes: Changes) => void;
  onFailure: (tasks: readonly Task[], error: Error) => void;
}

/** Move tasks to the trash. They are hidden at once, and shown again if the request fails. */
export function useDeletion({ onDone, onFailure }: Callbacks) {
  const { api, user } = useService();
  const cache = useTaskCache();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const idsOf = (tasks: readonly Task[]) => tasks.map(({ id }) => id);

  const { mutate: remove } = useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: (tasks: readonly Task[]) =>
      runBulk(api, user.uuid, { action: "delete", task_ids: idsOf(tasks) }),
    onMutate: (tasks) => setHidden((all) => new Set([...all, ...idsOf(tasks)])),
    onSuccess: async ({ changes }, tasks) => {
      await cache.remove(idsOf(tasks));
      onDone(tasks, changes);
    },
    onError: (error, tasks) => onFailure(tasks, error),
    onSettled: (_, __, tasks) => {
      const shown = new Set(idsOf(tasks));
      setHidden((all) => new Set([...all].filter((id) => !shown.has(id))));
      void cache.refresh();
    },
  });

  return { hidden, remove };
}
