"use client";

import { useMutation } from "@tanstack/react-query";
import type { Api } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import type { Bulk } from "../model/bulk";
import { runBulk } from "./run-bulk";
import { useTaskCache } from "./use-task-cache";

/** Thrown if some of several bulk actions failed. `failed` lists the actions to retry. */
export class PartialFailure extends Error {
  readonly failed: readonly Bulk[];

  constructor(failed: readonly Bulk[], cause: unknown) {
    super(`${failed.length} bulk actions failed`, { cause });
    this.failed = failed;
  }
}

/**
 * Run bulk actions in parallel; each action must be for different tasks. Returns the ids of tasks
 * that had already been deleted. Throws `PartialFailure` if only some of the actions failed.
 */
export function useBulk() {
  const { api, user } = useService();
  const { refresh } = useTaskCache();
  return useMutation({
    mutationKey: tasksKey(user.uuid),
    mutationFn: (actions: readonly Bulk[]) => runAll(api, user.uuid, actions),
    onSettled: () => void refresh(),
  });
}

async function runAll(api: Api, user_id: string, actions: readonly Bulk[]): Promise<string[]> {
  const results = await Promise.allSettled(actions.map((action) => runBulk(api, user_id, action)));
  const rejected = results.find((result) => result.status === "rejected");
  if (!rejected) return results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  const failed = actions.filter((_, index) => results[index]?.status === "rejected");
  throw failed.length < actions.length ? new PartialFailure(failed, rejected.reason) : rejected.reason;
}
