import { Check } from "lucide-react";
import { cn } from "@/lib/cn";
import type { Task } from "../model/task";

interface Props {
  task: Task;
  /** Whether the task is selected, or null outside of the selection mode. */
  selected: boolean | null;
  onComplete: () => void;
  onSelect: () => void;
}

/** The mark before a title. It completes or reopens the task; in the selection mode it selects the task. */
export function TaskMark({ task, selected, onComplete, onSelect }: Props) {
  if (selected !== null) {
    return (
      <label className="-m-2 grid size-10 shrink-0 cursor-pointer place-items-center">
        <input
          type="checkbox"
          checked={selected}
          onChange={onSelect}
          aria-label={`Select “${task.title}”`}
          className="size-5 cursor-pointer accent-accent"
        />
      </label>
    );
  }
  return (
    <button
      type="button"
      aria-pressed={task.completed}
      aria-label={`Complete “${task.title}”`}
      onClick={onComplete}
      className="group -m-2 grid size-10 shrink-0 cursor-pointer place-items-center rounded-full"
    >
      <span
        className={cn(
          "grid size-6 place-items-center rounded-full border-2 border-control transition-colors group-hover:border-accent",
          task.completed && "border-accent bg-accent text-on-accent",
        )}
      >
        {task.completed && <Check aria-hidden className="size-3.5" strokeWidth={3} />}
      </span>
    </button>
  );
}
