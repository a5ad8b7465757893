"use client";

import { Button } from "@/components/ui/button";
import { browserZone } from "@/lib/browser-zone";
import { useStats } from "@/lib/use-stats";
import { suggestionsFor } from "../model/suggestions";

const NO_TASKS = { active: 0, completed: 0, overdue: 0, due_today: 0 };

/** What the user may want to ask, in an empty conversation. */
export function Suggestions({ onChoose }: { onChoose: (message: string) => void }) {
  const stats = useStats(browserZone());
  return (
    <div className="grid gap-3">
      <p className="text-muted">
        Say what you have to do, such as “dentist tomorrow half nine and buy a gift before sunday”. You can undo
        everything that the assistant changes.
      </p>
      <ul aria-label="Suggestions" className="flex flex-wrap gap-2">
        {suggestionsFor(stats.data ?? NO_TASKS).map(({ label, message }) => (
          <li key={message}>
            <Button
              tone="outline"
              className="min-h-8 rounded-full px-3 whitespace-normal"
              onClick={() => onChoose(message)}
            >
              {label}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
