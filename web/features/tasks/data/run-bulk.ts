import { changesOf } from "@/lib/api";
import type { Api } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import type { Changes } from "@/lib/undo-stack";
import type { Bulk } from "../model/bulk";
import { MAX_BULK } from "../model/task";

export interface BulkResult {
  /** The changes that the action made, for undo. */
  changes: Changes;
  /** The ids of tasks that had already been deleted. */
  missing: readonly string[];
}

/**
 * Run one bulk action, in several requests if it is for more than `MAX_BULK` tasks. Skips tasks that
 * have already been deleted.
 */
export async function runBulk(api: Api, user_id: string, { task_ids, ...action }: Bulk): Promise<BulkResult> {
  const changes: string[] = [];
  const missing: string[] = [];
  for (let start = 0; start < task_ids.length; start += MAX_BULK) {
    const batch = { ...action, task_ids: task_ids.slice(start, start + MAX_BULK) };
    const result = await runSkippingMissing(api, user_id, batch);
    changes.push(...result.changes);
    missing.push(...result.missing);
  }
  return { changes, missing };
}

// The service changes all tasks or none. If some are missing, send the action again without them.
async function runSkippingMissing(api: Api, user_id: string, action: Bulk): Promise<BulkResult> {
  const params = { path: { user_id } };
  const body = { priority: null, tag_id: null, ...action };
  try {
    const { response } = await api.POST("/api/v1/{user_id}/tasks/bulk", { params, body });
    return { changes: changesOf(response), missing: [] };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "tasks_unknown") throw error;
    const missing = action.task_ids.filter((id) => error.unknown.includes(id));
    const task_ids = action.task_ids.filter((id) => !error.unknown.includes(id));
    if (missing.length === 0) throw error;
    if (task_ids.length === 0) return { changes: [], missing };
    const rest = await runSkippingMissing(api, user_id, { ...action, task_ids });
    return { changes: rest.changes, missing: [...missing, ...rest.missing] };
  }
}
