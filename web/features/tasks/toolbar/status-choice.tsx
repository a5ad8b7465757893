import { STATUSES } from "../model/view";
import type { Status } from "../model/view";

const NAMES = { active: "To do", completed: "Done", all: "All" } as const;

export function StatusChoice({ status, onChoose }: { status: Status; onChoose: (status: Status) => void }) {
  return (
    <div role="group" aria-label="Status" className="flex rounded-lg border border-control bg-surface p-0.5">
      {STATUSES.map((choice) => (
        <button
          key={choice}
          type="button"
          aria-pressed={choice === status}
          onClick={() => onChoose(choice)}
          className="min-h-8.5 flex-1 cursor-pointer rounded-md px-3 text-sm font-medium whitespace-nowrap text-muted hover:text-ink aria-pressed:bg-accent aria-pressed:text-on-accent"
        >
          {NAMES[choice]}
        </button>
      ))}
    </div>
  );
}
