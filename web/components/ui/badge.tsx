import { cva } from "class-variance-authority";
import type { VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const look = cva(
  "inline-flex max-w-full items-center gap-1 rounded-md px-1.5 py-0.5 text-xs font-medium [&_svg]:size-3 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        plain: "bg-sunken text-muted",
        tint: "bg-tint text-accent",
        amber: "bg-amber-tint text-amber",
        danger: "bg-danger-tint text-danger",
      },
    },
    defaultVariants: { tone: "plain" },
  },
);

type Props = ComponentProps<"span"> & VariantProps<typeof look>;

export function Badge({ tone, className, ...rest }: Props) {
  return <span className={cn(look({ tone }), className)} {...rest} />;
}
