import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";

/** An error message. Screen readers announce it when it appears. */
export function Notice({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div role="alert" className="flex gap-3 rounded-lg bg-danger-tint p-4 text-sm">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      <div className="grid gap-1">
        <p className="font-medium">{title}</p>
        {children}
      </div>
    </div>
  );
}
