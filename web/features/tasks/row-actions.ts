"use client";

import { toast } from "sonner";
import { useComplete, useReorder } from "./changes";
import type { Completion } from "./changes";
import { useDeletion } from "./deletion";
import { toastFailure } from "./failure-toast";
import { useFailures } from "./failures";
import type { Task } from "./task";
import type { OfferUndo } from "./undo";
import { FIRST_VIEW } from "./view";
import type { View } from "./view";

const LONG = 60;

interface Context {
  /** The tasks of the list, those included that wait for their deletion. */
  listed: readonly Task[];
  view: View;
  show: (view: View) => void;
  offer: OfferUndo;
}

/** What can be done to one task at a time, with undo, and what went wrong with it. */
export function useRowActions({ listed, view, show, offer }: Context) {
  const { failures, report, clear } = useFailures();
  const deletion = useDeletion(offer, (ids, error) => fail(ids, error, () => deletion.removeNow(ids)));
  const reorder = useReorder();
  const { mutate: setCompleted } = useComplete({
    onDone: offerToTakeBack,
    onFailure: (error, change) => fail([change.task.id], error, () => setCompleted(change)),
  });
  const tasks = listed.filter(({ id }) => !deletion.hidden.has(id));

  function fail(ids: readonly string[], error: Error, retry: () => void) {
    if (ids.some((id) => listed.some((task) => task.id === id))) report(ids, error, retry);
    else toastFailure(error, retry);
  }

  function complete(task: Task, completed: boolean) {
    clear([task.id]);
    setCompleted({ task, completed });
  }

  function offerToTakeBack({ task, completed, isUndo }: Completion) {
    if (isUndo) return;
    const title = task.title.length > LONG ? `${task.title.slice(0, LONG)}…` : task.title;
    offer(`${completed ? "Completed" : "Reopened"} “${title}”.`, {
      undo: () => setCompleted({ task, completed: !completed, isUndo: true }),
    });
  }

  function move(from: string, to: string) {
    clear([from]);
    const change = { shown: tasks, from, to, order: view.order };
    // Not by options of `mutate`, which are those of the last call alone.
    reorder.mutateAsync(change).catch((error: Error) => fail([from], error, () => move(from, to)));
  }

  function explainMoving() {
    toast("Tasks can be moved by hand while they are in your own order and no filter hides any.", {
      action: { label: "Show them so", onClick: () => show({ ...FIRST_VIEW, status: view.status }) },
    });
  }

  return { tasks, failures, complete, move, explainMoving, remove: deletion.remove };
}
