"use client";

import { useState } from "react";
import type { BulkChange } from "./bulk-bar";
import { useBulk } from "./changes";
import type { Bulk } from "./changes";
import { toastFailure } from "./failure-toast";
import type { Task } from "./task";
import type { OfferUndo } from "./undo";

const DONE: Record<Bulk["action"], string> = {
  complete: "completed",
  reopen: "reopened",
  delete: "deleted",
  set_priority: "given another priority",
  add_tag: "tagged",
  remove_tag: "untagged",
};

const INVERSE: Partial<Record<Bulk["action"], Bulk["action"]>> = { complete: "reopen", reopen: "complete" };

/** Keeps which of the shown tasks are selected, and changes them all at once. */
export function useSelection(shown: readonly Task[], offer: OfferUndo, onDone: (message: string) => void) {
  const [ids, setIds] = useState<ReadonlySet<string> | null>(null);
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

  function run(action: Bulk) {
    bulk.mutate(action, { onSuccess: () => announce(action) });
  }

  function announce(action: Bulk) {
    const count = action.task_ids.length;
    const message = `${count === 1 ? "1 task" : `${count} tasks`} ${DONE[action.action]}.`;
    const inverse = INVERSE[action.action];
    if (inverse) offer(message, { undo: () => takeBack({ ...action, action: inverse }) });
    else onDone(message);
  }

  function takeBack(action: Bulk) {
    back.mutate(action, { onError: (error) => toastFailure(error, () => takeBack(action)) });
  }

  /** Does `change` to the selected tasks that it is not true of yet, so that undo touches no other. */
  function change(wanted: BulkChange) {
    const open = tasks.filter((task) => !isSo(task, wanted)).map(({ id }) => id);
    if (open.length > 0) run({ ...wanted, task_ids: open });
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
      bulk.reset();
    },
    toggleAll: () => setIds(tasks.length === shown.length ? new Set() : new Set(shown.map(({ id }) => id))),
    busy: bulk.isPending,
    failure: bulk.isError ? { error: bulk.error, retry: () => run(bulk.variables) } : null,
  };
}

function isSo(task: Task, { action, priority, tag_id }: BulkChange): boolean {
  if (action === "complete") return task.completed;
  if (action === "reopen") return !task.completed;
  if (action === "set_priority") return task.priority === priority;
  const has = task.tags.some(({ id }) => id === tag_id);
  return action === "add_tag" ? has : action === "remove_tag" && !has;
}
