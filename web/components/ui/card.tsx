import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export function Card({ className, ...rest }: ComponentProps<"section">) {
  return (
    <section
      className={cn("rounded-2xl border border-line bg-surface p-5 shadow-raised sm:p-7", className)}
      {...rest}
    />
  );
}
