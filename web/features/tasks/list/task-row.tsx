"use client";

import { useSortable } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { GripVertical } from "lucide-react";
import { ErrorNotice } from "@/components/error-notice";
import { cn } from "@/lib/cn";
import type { Task } from "../model/task";
import { RowMenu } from "./row-menu";
import { TaskBadges } from "./task-badges";
import { TaskMark } from "./task-mark";

/** The actions for a task of the list. */
export interface RowActions {
  complete: (task: Task, completed: boolean) => void;
  edit: (task: Task) => void;
  remove: (task: Task) => void;
  select: (task: Task) => void;
  move: (from: string, to: string) => void;
  explainMoving: () => void;
}

export interface RowError {
  error: Error;
  retry: () => void;
}

interface Props {
  task: Task;
  now: number;
  selected: boolean | null;
  movable: boolean;
  before: Task | undefined;
  after: Task | undefined;
  error: RowError | undefined;
  actions: RowActions;
}

export function TaskRow({ task, now, selected, movable, before, after, error, actions }: Props) {
  const { setNodeRef, setActivatorNodeRef, attributes, listeners, transform, transition, isDragging } =
    useSortable({ id: task.id, disabled: !movable });
  const moveTo = (other: Task | undefined) =>
    movable && other ? () => actions.move(task.id, other.id) : undefined;
  return (
    <li
      ref={setNodeRef}
      data-task={task.id}
      style={{ transform: CSS.Translate.toString(transform), transition }}
      className={cn(
        "relative bg-surface first:rounded-t-2xl last:rounded-b-2xl focus-within:bg-tint/40",
        selected && "bg-tint focus-within:bg-tint",
        isDragging && "z-10 rounded-2xl shadow-floating",
      )}
    >
      <div className="flex items-start gap-2 py-3.5 pr-2 pl-1 sm:gap-3 sm:pr-3 sm:pl-2">
        <button
          type="button"
          ref={setActivatorNodeRef}
          {...(movable ? { ...attributes, ...listeners } : { onClick: actions.explainMoving })}
          aria-label={movable ? `Move “${task.title}”` : `Why “${task.title}” can’t be moved`}
          className={cn(
            "relative z-1 -my-2 grid h-10 w-6 shrink-0 place-items-center rounded text-control",
            movable ? "cursor-grab touch-none" : "cursor-help opacity-60",
          )}
        >
          <GripVertical aria-hidden className="size-4" />
        </button>
        <div className="relative z-1">
          <TaskMark
            task={task}
            selected={selected}
            onComplete={() => actions.complete(task, !task.completed)}
            onSelect={() => actions.select(task)}
          />
        </div>
        <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] gap-1.5 pl-1">
          <button
            type="button"
            data-title
            onClick={() => actions.edit(task)}
            className={cn(
              "cursor-pointer justify-self-start rounded text-left font-medium wrap-anywhere hover:underline hover:underline-offset-4",
              "after:absolute after:inset-0", // the whole row opens the task
              task.completed && "text-muted line-through",
            )}
          >
            {task.title}
          </button>
          {task.description && <p className="line-clamp-2 text-sm wrap-anywhere text-muted">{task.description}</p>}
          <TaskBadges task={task} now={now} />
        </div>
        <div className="relative z-1">
          <RowMenu
            task={task}
            onEdit={() => actions.edit(task)}
            onRemove={() => actions.remove(task)}
            onUp={moveTo(before)}
            onDown={moveTo(after)}
          />
        </div>
      </div>
      {error && (
        <div className="relative z-1 px-4 pb-4">
          <ErrorNotice error={error.error} onRetry={error.retry} />
        </div>
      )}
    </li>
  );
}
