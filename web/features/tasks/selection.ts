"use client";

import { useState } from "react";
import { bulkOf, inverseOf, isSo } from "./bulk";
import type { BulkChange } from "./bulk";
import { PartlyDone, useBulk } from "./changes";
import type { Bulk } from "./changes";
import { toastFailure } from "./failure-toast";
import type { Task } from "./task";
import type { OfferUndo } from "./undo";

const DONE: Record<BulkChange["action"], string> = {
  complete: "completed",
  reopen: "reopened",
  set_priority: "given another priority",
  add_tag: "tagged",
  remove_tag: "untagged",
};

export interface BulkFailure {
  error: unknown;
  retry: () => void;
}

/** Keeps which of the shown tasks are selected, and changes them all at once. */
export function useSelection(shown: readonly Task[], offer: OfferUndo, onDone: (message: string) => void) {
  const [ids, setIds] = useState<ReadonlySet<string> | null>(null);
  const [failure, setFailure] = useState<BulkFailure | null>(null);
  const bulk = useBulk();
  const back = useBulk();
  const tasks = ids ? shown.filter(({ id }) => ids.has(id)) : [];

  function toggle({ id }: Task) {
    setIds((all) => {
      const next = new Set(all);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }

  async function run(wanted: BulkChange, open: readonly Task[]) {
    setFailure(null);
    try {
      const gone = await bulk.mutateAsync([bulkOf(wanted, open)]);
      announce(wanted, open.filter(({ id }) => !gone.includes(id)), gone.length);
    } catch (error) {
      setFailure({ error, retry: () => void run(wanted, open) });
    }
  }

  function announce(wanted: BulkChange, changed: readonly Task[], gone: number) {
    const count = changed.length;
    const message = `${count === 1 ? "1 task" : `${count} tasks`} ${DONE[wanted.action]}.${goneText(gone)}`;
    if (count > 0) offer(message, { undo: () => void takeBack(inverseOf(wanted, changed)) });
    else onDone(message);
  }

  async function takeBack(actions: readonly Bulk[]) {
    try {
      const gone = await back.mutateAsync(actions);
      if (gone.length > 0) onDone(`Undone.${goneText(gone.length)}`);
    } catch (error) {
      if (!(error instanceof PartlyDone)) toastFailure(error, () => void takeBack(actions));
      else toastFailure(error.cause, () => void takeBack(error.left), "Only a part was undone. ");
    }
  }

  /** Does `change` to the selected tasks that it is not true of yet, so that undo touches no other. */
  function change(wanted: BulkChange) {
    if (bulk.isPending) return;
    const open = tasks.filter((task) => !isSo(task, wanted));
    if (open.length > 0) void run(wanted, open);
    else onDone("They are like that already.");
  }

  return {
    ids,
    tasks,
    toggle,
    change,
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

function goneText(count: number): string {
  if (count === 0) return "";
  return count === 1 ? " 1 was deleted meanwhile." : ` ${count} were deleted meanwhile.`;
}
