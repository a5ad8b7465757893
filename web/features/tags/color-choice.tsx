"use client";

import { useId } from "react";
import { ColorDot } from "@/components/color-dot";
import { SWATCHES } from "./fields";

const NONE = { color: "", label: "No colour" } as const;

interface Props {
  value: string;
  onChange: (color: string) => void;
}

/** Suggested colours. None of them is selected if `value` is a different colour. */
export function ColorChoice({ value, onChange }: Props) {
  const name = useId();
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">Colour</legend>
      <div className="-ml-2 flex flex-wrap gap-1">
        {[NONE, ...SWATCHES].map(({ color, label }) => (
          <label
            key={label}
            title={label}
            className="grid size-10 cursor-pointer place-items-center rounded-full border-2 border-transparent hover:bg-sunken has-checked:border-accent has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              aria-label={label}
              checked={value === color}
              onChange={() => onChange(color)}
            />
            <ColorDot color={color || null} className="size-6" />
          </label>
        ))}
      </div>
    </fieldset>
  );
}
