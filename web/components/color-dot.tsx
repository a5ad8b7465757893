import { cn } from "@/lib/cn";

/** The colour of a tag, or a ring if it has none; the name beside it says the rest. */
export function ColorDot({ color, className }: { color: string | null; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn("size-4 shrink-0 rounded-full border border-control", className)}
      style={color ? { backgroundColor: color } : undefined}
    />
  );
}
