import { cn } from "@/lib/cn";

/** The colour of a tag, or an empty ring. Hidden from screen readers because the name stands beside it. */
export function ColorDot({ color, className }: { color: string | null; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn("size-4 shrink-0 rounded-full border border-control", className)}
      style={color ? { backgroundColor: color } : undefined}
    />
  );
}
