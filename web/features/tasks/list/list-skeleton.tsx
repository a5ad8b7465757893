import { Skeleton } from "@/components/ui/skeleton";

const WIDTHS = ["w-3/5", "w-2/5", "w-1/2", "w-2/3", "w-1/3"];

export function ListSkeleton() {
  return (
    <div
      role="status"
      aria-label="Loading your tasks"
      className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-raised"
    >
      {WIDTHS.map((width) => (
        <div key={width} className="flex items-start gap-4 py-4 pr-4 pl-10">
          <Skeleton className="size-6 shrink-0 rounded-full" />
          <div className="grid flex-1 gap-2.5 pt-0.5">
            <Skeleton className={`h-4 ${width}`} />
            <Skeleton className="h-4 w-24" />
          </div>
        </div>
      ))}
    </div>
  );
}
