import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { differences } from "../model/draft";
import type { Draft } from "../model/draft";
import { PRIORITY_NAMES } from "../model/task";

interface Props {
  /** The values with which the form was filled. */
  base: Draft;
  /** The values of the task now. */
  current: Draft;
  onLoad: () => void;
}

const NAMES: Record<keyof Draft, string> = {
  title: "Title",
  description: "Description",
  priority: "Priority",
  date: "Due date",
  time: "Due time",
  tags: "Tags",
};

/** List the fields that were changed elsewhere while the form was open. */
export function Conflict({ base, current, onLoad }: Props) {
  return (
    <Notice title="This task was changed in another tab or on another device">
      <p>Your changes are not saved yet. Load the new version to continue: the form keeps what you changed.</p>
      <ul className="mt-1 grid gap-0.5">
        {differences(base, current).map((field) => (
          <li key={field} className="wrap-anywhere">
            {NAMES[field]}: now {shownValue(field, current)}
          </li>
        ))}
      </ul>
      <Button tone="outline" className="mt-2 justify-self-start" onClick={onLoad}>
        Load the new version
      </Button>
    </Notice>
  );
}

const MAX_SHOWN = 120;

function shownValue(field: keyof Draft, current: Draft): string {
  if (field === "priority") return PRIORITY_NAMES[current.priority].toLowerCase();
  const text = field === "tags" ? current.tags.map(({ name }) => name).join(", ") : current[field];
  if (!text) return "empty";
  return text.length > MAX_SHOWN ? `“${text.slice(0, MAX_SHOWN)}…”` : `“${text}”`;
}
