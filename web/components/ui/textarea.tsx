import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      className={cn(
        "w-full rounded-lg border border-control bg-surface px-3 py-2.5 text-base text-ink placeholder:text-muted aria-invalid:border-danger",
        className,
      )}
      {...rest}
    />
  );
}
