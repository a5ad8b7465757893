"use client";

import { Check, Flag, MessageCircle, RotateCcw, Tag as TagIcon, Trash2, X } from "lucide-react";
import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { useTags } from "@/lib/use-tags";
import type { BulkChange } from "../model/bulk";
import { PRIORITY_NAMES } from "../model/task";
import { PRIORITY_CHOICES } from "../model/view";
import { TagName } from "../parts/tag-name";
import type { BulkError } from "./use-selection";

// Narrow padding, so that all buttons fit into two lines on a phone.
const ACTION = "px-1.5 sm:px-2.5";

interface Props {
  count: number;
  shown: number;
  busy: boolean;
  failure: BulkError | null;
  onAll: () => void;
  onChange: (change: BulkChange) => void;
  onRemove: () => void;
  /** Ask the assistant about the selected tasks. */
  onAsk: () => void;
  onClose: () => void;
}

/** The actions for all selected tasks. */
export function BulkBar({ count, shown, busy, failure, onAll, onChange, onRemove, onAsk, onClose }: Props) {
  const idle = count === 0;
  return (
    <section
      aria-label="Selected tasks"
      className="floating sticky top-2 z-20 grid gap-3 rounded-2xl border-accent p-2"
    >
      <div className="flex flex-wrap items-center gap-1">
        <p role="status" className="px-2 text-sm font-medium tabular-nums">
          {count} selected
        </p>
        {shown > 0 && (
          <Button tone="quiet" className="px-2.5 text-accent" onClick={onAll}>
            {count === shown ? "Deselect all" : `Select all ${shown} shown`}
          </Button>
        )}
        <Button tone="quiet" size="icon" aria-label="Cancel selection" className="ml-auto" onClick={onClose}>
          <X aria-hidden />
        </Button>
        {/* Not disabled while busy: a disabled button would lose the focus. */}
        <div aria-busy={busy} className="flex w-full flex-wrap gap-1 border-t border-line pt-2 aria-busy:opacity-60">
          <Button tone="quiet" className={ACTION} disabled={idle} onClick={() => onChange({ action: "complete" })}>
            <Check aria-hidden />
            Complete
          </Button>
          <Button tone="quiet" className={ACTION} disabled={idle} onClick={() => onChange({ action: "reopen" })}>
            <RotateCcw aria-hidden />
            Reopen
          </Button>
          <PriorityMenu idle={idle} onChange={onChange} />
          <TagMenu action="add_tag" label="Add tag" idle={idle} onChange={onChange} />
          <TagMenu action="remove_tag" label="Remove tag" idle={idle} onChange={onChange} />
          <Button tone="quiet" className={ACTION} disabled={idle} onClick={onAsk}>
            <MessageCircle aria-hidden />
            Ask about these
          </Button>
          <Button tone="quiet" className={`${ACTION} text-danger`} disabled={idle} onClick={onRemove}>
            <Trash2 aria-hidden />
            Delete
          </Button>
        </div>
      </div>
      {failure && <ErrorNotice error={failure.error} onRetry={failure.retry} />}
    </section>
  );
}

interface MenuProps {
  idle: boolean;
  onChange: (change: BulkChange) => void;
}

function PriorityMenu({ idle, onChange }: MenuProps) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button tone="quiet" className={ACTION} disabled={idle}>
          <Flag aria-hidden />
          Priority
        </Button>
      </MenuTrigger>
      <MenuContent align="start">
        {PRIORITY_CHOICES.map((choice) => (
          <MenuItem
            key={choice}
            onSelect={() => onChange({ action: "set_priority", priority: choice === "none" ? null : choice })}
          >
            {PRIORITY_NAMES[choice]}
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}

function TagMenu({ action, label, idle, onChange }: MenuProps & { action: "add_tag" | "remove_tag"; label: string }) {
  const tags = useTags();
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button tone="quiet" className={ACTION} disabled={idle || !tags.data?.length}>
          <TagIcon aria-hidden />
          {label}
        </Button>
      </MenuTrigger>
      <MenuContent align="start" className="max-h-72 max-w-72 overflow-y-auto">
        {tags.data?.map((tag) => (
          <MenuItem key={tag.id} onSelect={() => onChange({ action, tag_id: tag.id })}>
            <TagName tag={tag} />
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}
