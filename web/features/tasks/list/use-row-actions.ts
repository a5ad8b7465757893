"use client";

import { toast } from "sonner";
import { taskCount } from "@/lib/task-count";
import type { Changes } from "@/lib/undo-stack";
import type { OfferUndo } from "@/lib/use-undo";
import { useCompleteTask } from "../data/use-complete-task";
import { useReorder } from "../data/use-reorder";
import type { Task } from "../model/task";
import { FIRST_VIEW } from "../model/view";
import type { ShowView, View } from "../model/view";
import { toastError } from "../parts/error-toast";
import { useDeletion } from "./use-deletion";
import { useRowErrors } from "./use-row-errors";

const MAX_TITLE_SHOWN = 60;

interface Context {
  /** The tasks of the list, including tasks that are being deleted. */
  listed: readonly Task[];
  view: View;
  show: ShowView;
  offer: OfferUndo;
}

/** The actions for single tasks, with undo, and the errors of these actions. */
export function useRowActions({ listed, view, show, offer }: Context) {
  const { errors, report, clear } = useRowErrors();
  const deletion = useDeletion({
    onDone: (removed, changes) => {
      const [first] = removed;
      const what = removed.length === 1 && first ? quoted(first) : taskCount(removed.length);
      offer(`Deleted ${what}.`, changes);
    },
    onFailure: (removed, error) => fail(idsOf(removed), error, () => deletion.remove(removed)),
  });
  const reorder = useReorder();
  const { mutate: setCompleted } = useCompleteTask({
    onDone: ({ task, completed }, changes) => offer(`${completed ? "Completed" : "Reopened"} ${quoted(task)}.`, changes),
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

  function move(from: string, to: string) {
    clear([from]);
    const change = { shown: tasks, from, to, order: view.order };
    const moved = tasks.find(({ id }) => id === from);
    const done = (changes: Changes) => {
      if (moved && changes.length > 0) offer(`Moved ${quoted(moved)}.`, changes);
    };
    // Not with the callbacks of `mutate`: they run for the last call only, and moves can overlap.
    reorder.mutateAsync(change).then(done, (error: Error) => fail([from], error, () => move(from, to)));
  }

  function explainMoving() {
    toast("You can move tasks only if they are sorted by “My order” and not filtered.", {
      action: { label: "Switch to my order", onClick: () => show({ ...FIRST_VIEW, status: view.status }) },
    });
  }

  return { tasks, errors, complete, move, explainMoving, remove: deletion.remove };
}

const idsOf = (tasks: readonly Task[]) => tasks.map(({ id }) => id);

function quoted({ title }: Task): string {
  return `“${title.length > MAX_TITLE_SHOWN ? `${title.slice(0, MAX_TITLE_SHOWN)}…` : title}”`;
}
