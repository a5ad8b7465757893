"use client";

import { X } from "lucide-react";
import { useTags } from "@/lib/use-tags";
import { filtersOf } from "../model/filter-names";
import { withoutFilters } from "../model/view";
import type { View } from "../model/view";

/** The filters of the list, each with a button that removes it. */
export function FilterChips({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  const tags = useTags();
  const filters = filtersOf(view, tags.data ?? []);
  if (filters.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <ul aria-label="Filters" className="contents">
        {filters.map(({ name, without }) => (
          <li key={name} className="max-w-full">
            <button
              type="button"
              onClick={() => onChange(without)}
              className="inline-flex min-h-8 max-w-full cursor-pointer items-center gap-1.5 rounded-lg bg-tint px-2.5 text-sm font-medium text-accent hover:bg-sunken"
            >
              <span className="truncate">{name}</span>
              <X aria-hidden className="size-3.5 shrink-0" />
              <span className="sr-only">, remove this filter</span>
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        onClick={() => onChange(withoutFilters(view))}
        className="min-h-8 cursor-pointer rounded px-1 text-sm font-medium text-accent underline underline-offset-4"
      >
        Clear all
      </button>
    </div>
  );
}
