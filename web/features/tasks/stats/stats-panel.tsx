"use client";

import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { browserZone } from "@/lib/browser-zone";
import { describeError } from "@/lib/describe-error";
import { useStats } from "@/lib/use-stats";
import type { Stats } from "../model/task";
import { FIRST_VIEW } from "../model/view";
import type { View } from "../model/view";
import { PriorityBar } from "./priority-bar";
import { Ring } from "./ring";

const FIGURES: { name: string; count: (stats: Stats) => number; view: Partial<View>; look?: string }[] = [
  { name: "To do", count: ({ active }) => active, view: {} },
  { name: "Overdue", count: ({ overdue }) => overdue, view: { due: "overdue" }, look: "text-danger" },
  { name: "Due today", count: ({ due_today }) => due_today, view: { due: "today", status: "all" }, look: "text-amber" },
  { name: "Done", count: ({ completed }) => completed, view: { status: "completed" } },
];

/** Statistics of all tasks. Each number is a button that shows the tasks it counts. */
export function StatsPanel({ onShow }: { onShow: (view: View) => void }) {
  const stats = useStats(browserZone());

  if (stats.isPending) return <Skeleton className="h-58 rounded-2xl sm:h-46 lg:h-28.5" />;
  if (!stats.data) return <StatsError error={stats.error} onRetry={() => void stats.refetch()} />;
  const { data } = stats;
  return (
    <Card
      aria-label="Task statistics"
      className="grid min-h-28 grid-cols-[auto_1fr] items-center gap-x-3 gap-y-4 p-4 sm:gap-x-8 sm:px-6 sm:py-4 lg:grid-cols-[auto_1fr_18.5rem]"
    >
      <Ring done={data.completed} total={data.total} />
      <ul className="grid grid-cols-2 gap-1 sm:grid-cols-4">
        {FIGURES.map(({ name, count, view, look }) => (
          <li key={name}>
            <button
              type="button"
              onClick={() => onShow({ ...FIRST_VIEW, ...view })}
              className="grid w-full cursor-pointer rounded-lg px-2 py-1 text-left sm:px-3 sm:py-1.5 hover:bg-sunken"
            >
              <span className={`font-serif text-2xl font-semibold tabular-nums ${count(data) > 0 ? (look ?? "") : ""}`}>
                {count(data)}
              </span>
              <span className="text-sm text-muted">{name}</span>
            </button>
          </li>
        ))}
      </ul>
      <PriorityBar counts={data.by_priority} />
    </Card>
  );
}

// As tall as the statistics, and not an alert: the list already shows one for the same error.
function StatsError({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <Card className="flex h-58 flex-wrap content-center items-center gap-x-4 gap-y-2 p-4 sm:h-46 sm:px-6 sm:py-4 lg:h-28.5">
      <p className="text-sm text-muted">Task statistics can’t be loaded: {describeError(error).title}.</p>
      <Button tone="outline" onClick={onRetry}>
        Try again
      </Button>
    </Card>
  );
}
