"use client";

import { useState } from "react";
import { taskCount } from "@/lib/task-count";
import { PartialFailure, useBulk } from "../data/use-bulk";
import { bulkOf, inverseOf, isUnchangedBy } from "../model/bulk";
import type { Bulk, BulkChange } from "../model/bulk";
import type { Task } from "../model/task";
import { toastError } from "../parts/error-toast";
import type { OfferUndo } from "../parts/use-undo";

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
  const undo = useBulk();
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
      const missing = await bulk.mutateAsync([bulkOf(change, affected)]);
      announce(change, affected.filter(({ id }) => !missing.includes(id)), missing.length);
    } catch (error) {
      setFailure({ error, retry: () => void run(change, affected) });
    }
  }

  function announce(change: BulkChange, changed: readonly Task[], missing: number) {
    const message = `${DONE[change.action]} ${taskCount(changed.length)}.${missingText(missing)}`;
    if (changed.length > 0) offer(message, { undo: () => void undoWith(inverseOf(change, changed)) });
    else onDone(message);
  }

  async function undoWith(actions: readonly Bulk[]) {
    try {
      const missing = await undo.mutateAsync(actions);
      if (missing.length > 0) onDone(`Undone.${missingText(missing.length)}`);
    } catch (error) {
      if (!(error instanceof PartialFailure)) toastError(error, () => void undoWith(actions));
      else toastError(error.cause, () => void undoWith(error.failed), "Some changes could not be undone. ");
    }
  }

  /** Apply `change` to the selected tasks that it affects, so that undo changes only those tasks. */
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
