"use client";

import { toast } from "sonner";
import { useCompleteTask } from "../data/use-complete-task";
import type { Completion } from "../data/use-complete-task";
import { useReorder } from "../data/use-reorder";
import type { Task } from "../model/task";
import { FIRST_VIEW } from "../model/view";
import type { ShowView, View } from "../model/view";
import { toastError } from "../parts/error-toast";
import type { OfferUndo } from "../parts/use-undo";
import { useDeletion } from "./use-deletion";
import { useRowErrors } from "./use-row-errors";

const MAX_TITLE_SHOWN = 60;

interface Context {
  /** The tasks of the list, including tasks that are about to be deleted. */
  listed: readonly Task[];
  view: View;
  show: ShowView;
  offer: OfferUndo;
}

/** The actions for single tasks, with undo, and the errors of these actions. */
export function useRowActions({ listed, view, show, offer }: Context) {
  const { errors, report, clear } = useRowErrors();
  const deletion = useDeletion(offer, (ids, error) => fail(ids, error, () => deletion.removeNow(ids)));
  const reorder = useReorder();
  const { mutate: setCompleted } = useCompleteTask({
    onDone: offerUndo,
    onFailure: (error, change) => fail([change.task.id], error, () => setCompleted(change)),
  });
  const tasks = listed.filter(({ id }) => !deletion.hidden.has(id));

  function fail(ids: readonly string[], error: Error, retry: () => void) {
    if (ids.some((id) => listed.some((task) => task.id === id))) report(ids, error, retry);
    else toastError(error, retry);
  }

  function complete(task: Task, completed: boolean) {
    clear([task.id]);
    setCompleted({ task, completed });
  }

  function offerUndo({ task, completed, isUndo }: Completion) {
    if (isUndo) return;
    const title = task.title.length > MAX_TITLE_SHOWN ? `${task.title.slice(0, MAX_TITLE_SHOWN)}…` : task.title;
    offer(`${completed ? "Completed" : "Reopened"} “${title}”.`, {
      undo: () => setCompleted({ task, completed: !completed, isUndo: true }),
    });
  }

  function move(from: string, to: string) {
    clear([from]);
    const change = { shown: tasks, from, to, order: view.order };
    // Not with the callbacks of `mutate`: they run for the last call only, and moves can overlap.
    reorder.mutateAsync(change).catch((error: Error) => fail([from], error, () => move(from, to)));
  }

  function explainMoving() {
    toast("You can move tasks only if they are sorted by “My order” and not filtered.", {
      action: { label: "Switch to my order", onClick: () => show({ ...FIRST_VIEW, status: view.status }) },
    });
  }

  return { tasks, errors, complete, move, explainMoving, remove: deletion.remove };
}
