import { Check } from "lucide-react";
import { cn } from "@/lib/cn";

const SAMPLE = [
  { title: "Book the train to Vienna", note: "Monday", done: true },
  { title: "Send Ida the draft", note: "Today, 14:00", done: false },
  { title: "Water the tomatoes", note: "Thursday", done: false },
  { title: "Call the tax office", note: "Friday", done: false },
];

/** A decorative sample list, hidden from screen readers. */
export function SampleWeek() {
  return (
    <div aria-hidden className="relative">
      <div className="absolute inset-0 translate-x-3 translate-y-3 rounded-3xl bg-tint" />
      <ul className="relative divide-y divide-line rounded-3xl border border-line bg-surface px-5 py-2 shadow-raised sm:px-7">
        {SAMPLE.map(({ title, note, done }) => (
          <li key={title} className="flex items-center gap-4 py-4">
            <span
              className={cn(
                "grid size-6 shrink-0 place-items-center rounded-full border-2 border-control",
                done && "border-accent bg-accent text-on-accent",
              )}
            >
              {done && <Check className="size-3.5" strokeWidth={3} />}
            </span>
            <div className="flex flex-1 flex-col sm:flex-row sm:items-baseline sm:justify-between">
              <span className={cn(done && "text-muted line-through")}>{title}</span>
              <span className="text-sm text-muted">{note}</span>
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
