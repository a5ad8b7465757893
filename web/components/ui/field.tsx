"use client";

import { useId } from "react";
import type { ReactNode } from "react";

interface Control {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
}

interface Props {
  label: string;
  hint?: string;
  error?: string | undefined;
  children: (control: Control) => ReactNode;
}

/** A label and a control, with the error message or the hint below it. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, "aria-invalid": Boolean(error), "aria-describedby": note && `${id}-note` })}
      {note && (
        <p id={`${id}-note`} className={error ? "text-sm text-danger" : "text-sm text-muted"}>
          {note}
        </p>
      )}
    </div>
  );
}
