"use client";

import { cn } from "@/lib/cn";
import type { TagOfTask } from "../model/task";
import { TagName } from "./tag-name";

interface Props<T> {
  label: string;
  tags: readonly T[];
  isChosen: (tag: T) => boolean;
  onToggle: (tag: T) => void;
}

/** A group of checkboxes, one for each tag. */
export function TagChoices<T extends TagOfTask>({ label, tags, isChosen, onToggle }: Props<T>) {
  return (
    <div role="group" aria-label={label} className="-m-1 flex max-h-40 flex-wrap gap-1.5 overflow-y-auto p-1">
      {tags.map((tag) => {
        const chosen = isChosen(tag);
        return (
          <label
            key={tag.id}
            className={cn(
              "inline-flex min-h-8 max-w-full cursor-pointer items-center gap-1.5 rounded-lg border border-control px-2.5 text-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
              chosen && "border-accent bg-tint font-medium text-accent",
            )}
          >
            <input type="checkbox" checked={chosen} onChange={() => onToggle(tag)} className="sr-only" />
            <TagName tag={tag} />
          </label>
        );
      })}
    </div>
  );
}
