import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { differences } from "./draft";
import type { Draft } from "./draft";
import { PRIORITY_NAMES } from "./task";

interface Props {
  /** What the form was filled with, and what the task is now. */
  base: Draft;
  current: Draft;
  onLoad: () => void;
}

const NAMES: Record<keyof Draft, string> = {
  title: "Title",
  description: "Description",
  priority: "Priority",
  date: "Due on",
  time: "At",
  tags: "Tags",
};

/** Says what was changed elsewhere while the form was open. */
export function Conflict({ base, current, onLoad }: Props) {
  return (
    <Notice title="This task was changed meanwhile, in another tab or on another device">
      <p>Nothing was saved. What you typed stays; the rest is taken from the new version.</p>
      <ul className="mt-1 grid gap-0.5">
        {differences(base, current).map((field) => (
          <li key={field} className="wrap-anywhere">
            {NAMES[field]}: now {shown(field, current)}
          </li>
        ))}
      </ul>
      <Button tone="outline" className="mt-2 justify-self-start" onClick={onLoad}>
        Load the new version
      </Button>
    </Notice>
  );
}

const LONG = 120;

function shown(field: keyof Draft, current: Draft): string {
  if (field === "priority") return PRIORITY_NAMES[current.priority].toLowerCase();
  const text = field === "tags" ? current.tags.map(({ name }) => name).join(", ") : current[field];
  if (!text) return "empty";
  return text.length > LONG ? `“${text.slice(0, LONG)}…”` : `“${text}”`;
}
