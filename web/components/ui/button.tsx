import { cva } from "class-variance-authority";
import type { VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const buttonLook = cva(
  "inline-flex cursor-pointer items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap transition-colors disabled:cursor-default disabled:opacity-60 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        solid: "bg-accent text-on-accent hover:not-disabled:bg-accent-strong",
        outline: "border border-control bg-surface text-ink hover:not-disabled:bg-sunken",
        quiet: "text-ink hover:not-disabled:bg-sunken",
        danger: "bg-danger-fill text-on-danger hover:not-disabled:bg-danger-strong",
      },
      size: {
        medium: "min-h-10 px-4 text-sm",
        large: "min-h-12 px-6 text-base",
        icon: "size-10",
      },
    },
    defaultVariants: { tone: "solid", size: "medium" },
  },
);

type Props = ComponentProps<"button"> & VariantProps<typeof buttonLook>;

export function Button({ tone, size, className, type = "button", ...rest }: Props) {
  return <button type={type} className={cn(buttonLook({ tone, size }), className)} {...rest} />;
}
