import { responseData } from "@/lib/api";
import type { Api } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import type { Bulk } from "../model/bulk";
import { MAX_BULK } from "../model/task";

interface Options {
  /** Let the requests outlive the page. */
  keepalive?: boolean;
}

/**
 * Run one bulk action, in several requests if it is for more than `MAX_BULK` tasks. Skips tasks that
 * have already been deleted, and returns their ids.
 */
export async function runBulk(
  api: Api,
  user_id: string,
  { task_ids, ...action }: Bulk,
  { keepalive = false }: Options = {},
): Promise<string[]> {
  const missing: string[] = [];
  for (let start = 0; start < task_ids.length; start += MAX_BULK) {
    const batch = { ...action, task_ids: task_ids.slice(start, start + MAX_BULK) };
    missing.push(...(await runSkippingMissing(api, user_id, batch, keepalive)));
  }
  return missing;
}

// The service changes all tasks or none. If some are missing, send the action again without them.
async function runSkippingMissing(api: Api, user_id: string, action: Bulk, keepalive: boolean): Promise<string[]> {
  const params = { path: { user_id } };
  const body = { priority: null, tag_id: null, ...action };
  try {
    await responseData(api.POST("/api/v1/{user_id}/tasks/bulk", { params, body, keepalive }));
    return [];
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "tasks_unknown") throw error;
    const missing = action.task_ids.filter((id) => error.unknown.includes(id));
    const task_ids = action.task_ids.filter((id) => !error.unknown.includes(id));
    if (missing.length === 0) throw error;
    if (task_ids.length === 0) return missing;
    return [...missing, ...(await runSkippingMissing(api, user_id, { ...action, task_ids }, keepalive))];
  }
}
