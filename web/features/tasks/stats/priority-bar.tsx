import { PRIORITY_NAMES } from "../model/task";
import type { Stats } from "../model/task";
import { PRIORITY_CHOICES } from "../model/view";

const FILLS = { high: "fill-danger-fill", medium: "fill-amber-fill", low: "fill-accent", none: "fill-control" } as const;
const DOTS = { high: "bg-danger-fill", medium: "bg-amber-fill", low: "bg-accent", none: "bg-control" } as const;

/** The number of tasks for each priority, as a bar with a legend. */
export function PriorityBar({ counts }: { counts: Stats["by_priority"] }) {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const widths = PRIORITY_CHOICES.map((priority) => (total === 0 ? 0 : (counts[priority] / total) * 100));
  return (
    <figure className="col-span-2 grid gap-2 lg:col-span-1">
      <figcaption className="text-sm text-muted">By priority</figcaption>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden className="h-2 w-full overflow-hidden rounded-full bg-sunken">
        {PRIORITY_CHOICES.map((priority, index) => (
          <rect
            key={priority}
            x={widths.slice(0, index).reduce((sum, width) => sum + width, 0)}
            width={widths[index]}
            height="6"
            className={FILLS[priority]}
          />
        ))}
      </svg>
      <dl className="flex flex-wrap gap-x-2.5 gap-y-1 text-xs">
        {PRIORITY_CHOICES.map((priority) => (
          <div key={priority} className="flex items-center gap-1">
            <dt className="flex items-center gap-1.5 text-muted">
              <span aria-hidden className={`size-2 rounded-full ${DOTS[priority]}`} />
              {PRIORITY_NAMES[priority]}
            </dt>
            <dd className="font-medium tabular-nums">{counts[priority]}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}
