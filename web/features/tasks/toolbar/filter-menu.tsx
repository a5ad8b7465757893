"use client";

import { ListFilter } from "lucide-react";
import type { ReactNode } from "react";
import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { useTags } from "@/lib/use-tags";
import { DUE_NAMES } from "../model/filter-names";
import { PRIORITY_NAMES } from "../model/task";
import { DUES, PRIORITY_CHOICES, UNTAGGED, countFilters, toggled } from "../model/view";
import type { View } from "../model/view";
import { TagChoices } from "../parts/tag-choices";

interface Props {
  view: View;
  onChange: (view: View) => void;
}

export function FilterMenu({ view, onChange }: Props) {
  const count = countFilters(view);
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button tone="outline" className="px-3">
          <ListFilter aria-hidden />
          Filter
          {count > 0 && (
            <span className="rounded-full bg-accent px-1.5 text-xs text-on-accent">
              {count}
              <span className="sr-only"> active</span>
            </span>
          )}
        </Button>
      </PopoverTrigger>
      <PopoverContent aria-label="Filter tasks" className="grid gap-5">
        <Group title="Due">
          {DUES.map((due) => (
            <Choice key={due} type="radio" checked={view.due === due} onChange={() => onChange({ ...view, due })}>
              {DUE_NAMES[due]}
            </Choice>
          ))}
        </Group>
        <Group title="Priority">
          {PRIORITY_CHOICES.map((priority) => (
            <Choice
              key={priority}
              type="checkbox"
              checked={view.priorities.includes(priority)}
              onChange={() => onChange({ ...view, priorities: toggled(view.priorities, priority) })}
            >
              {PRIORITY_NAMES[priority]}
            </Choice>
          ))}
        </Group>
        <TagFilter view={view} onChange={onChange} />
      </PopoverContent>
    </Popover>
  );
}

function TagFilter({ view, onChange }: Props) {
  const tags = useTags();
  const untagged = { id: UNTAGGED, name: "Untagged", color: null };
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-2 text-sm font-semibold">Tags</legend>
      {tags.isError && <ErrorNotice error={tags.error} onRetry={() => void tags.refetch()} />}
      <TagChoices
        label="Tags to show"
        tags={[untagged, ...(tags.data ?? [])]}
        isChosen={({ id, name }) => view.tags.includes(id) || view.tags.includes(name)}
        onToggle={({ id, name }) => {
          const tags = view.tags.includes(name) ? toggled(view.tags, name) : toggled(view.tags, id);
          onChange({ ...view, tags });
        }}
      />
      {view.tags.length > 1 && (
        <Choice
          type="checkbox"
          checked={view.allTags}
          onChange={() => onChange({ ...view, allTags: !view.allTags })}
        >
          Only tasks with all selected tags
        </Choice>
      )}
    </fieldset>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset>
      <legend className="mb-1 text-sm font-semibold">{title}</legend>
      <div className="grid grid-cols-2 gap-x-3">{children}</div>
    </fieldset>
  );
}

interface ChoiceProps {
  type: "radio" | "checkbox";
  checked: boolean;
  onChange: () => void;
  children: ReactNode;
}

function Choice({ type, checked, onChange, children }: ChoiceProps) {
  return (
    <label className="flex min-h-9 cursor-pointer items-center gap-2.5 text-sm">
      <input
        type={type}
        name={type === "radio" ? "due" : undefined}
        checked={checked}
        onChange={onChange}
        className="size-4 cursor-pointer accent-accent"
      />
      {children}
    </label>
  );
}
