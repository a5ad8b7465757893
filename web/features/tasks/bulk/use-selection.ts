"use client";

import { useState } from "react";
import { taskCount } from "@/lib/task-count";
import type { OfferUndo } from "@/lib/use-undo";
import { useBulk } from "../data/use-bulk";
import { bulkOf, isUnchangedBy } from "../model/bulk";
import type { BulkChange } from "../model/bulk";
import type { Task } from "../model/task";

const DONE: Record<BulkChange["action"], string> = {
  complete: "Completed",
  reopen: "Reopened",
  set_priority: "Changed the priority of",
  add_tag: "Added the tag to",
  remove_tag: "Removed the tag from",
};

export interface BulkError {
  error: unknown;
  retry: () => void;
}

/** Store which of the shown tasks are selected, and change them together. */
export function useSelection(shown: readonly Task[], offer: OfferUndo, onDone: (message: string) => void) {
  const [ids, setIds] = useState<ReadonlySet<string> | null>(null);
  const [failure, setFailure] = useState<BulkError | null>(null);
  const bulk = useBulk();
  const tasks = ids ? shown.filter(({ id }) => ids.has(id)) : [];

  function toggle({ id }: Task) {
    setIds((all) => {
      const next = new Set(all);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }

  async function run(change: BulkChange, affected: readonly Task[]) {
    setFailure(null);
    try {
      const { changes, missing } = await bulk.mutateAsync(bulkOf(change, affected));
      const changed = taskCount(affected.length - missing.length);
      offer(`${DONE[change.action]} ${changed}.${missingText(missing.length)}`, changes);
    } catch (error) {
      setFailure({ error, retry: () => void run(change, affected) });
    }
  }

  /** Apply `change` to the selected tasks that it affects, so that undo concerns only those tasks. */
  function apply(change: BulkChange) {
    if (bulk.isPending) return;
    const affected = tasks.filter((task) => !isUnchangedBy(task, change));
    if (affected.length > 0) void run(change, affected);
    else onDone("Nothing to change in the selected tasks.");
  }

  return {
    ids,
    tasks,
    toggle,
    change: apply,
    start: () => setIds(new Set()),
    end: () => {
      setIds(null);
      setFailure(null);
    },
    toggleAll: () => setIds(tasks.length === shown.length ? new Set() : new Set(shown.map(({ id }) => id))),
    busy: bulk.isPending,
    failure,
  };
}

function missingText(count: number): string {
  return count === 0 ? "" : ` ${taskCount(count)} had already been deleted.`;
}
