import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A native select, because every device has a suitable way to open it. */
export function Select({ className, ...rest }: ComponentProps<"select">) {
  return (
    <span className={cn("relative inline-grid", className)}>
      <select
        className="min-h-10 w-full cursor-pointer appearance-none rounded-lg border border-control bg-surface pr-9 pl-3 text-sm text-ink"
        {...rest}
      />
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2" />
    </span>
  );
}
