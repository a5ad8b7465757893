import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return (
    <input
      className={cn(
        "min-h-11 w-full rounded-lg border border-control bg-surface px-3 text-base text-ink placeholder:text-muted aria-invalid:border-danger",
        className,
      )}
      {...rest}
    />
  );
}
