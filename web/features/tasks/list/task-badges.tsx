import { CalendarClock, Flag } from "lucide-react";
import { Badge } from "@/components/ui/badge";
import { browserZone } from "@/lib/browser-zone";
import { dueText } from "../model/due";
import { PRIORITY_NAMES } from "../model/task";
import type { Task } from "../model/task";
import { TagName } from "../parts/tag-name";

const DUE_TONES = { overdue: "danger", today: "amber", later: "plain" } as const;
const PRIORITY_TONES = { high: "danger", medium: "amber", low: "plain" } as const;
const SHOWN_TAGS = 6;

export function TaskBadges({ task, now }: { task: Task; now: number }) {
  const { priority, tags } = task;
  const due = dueText(task, now, browserZone());
  if (!due && !priority && tags.length === 0) return null;
  const more = tags.length - SHOWN_TAGS;
  return (
    <div data-badges className="flex flex-wrap gap-1.5">
      {due && (
        <Badge tone={DUE_TONES[due.state]}>
          <CalendarClock aria-hidden />
          {due.state === "overdue" ? `Overdue: ${due.text}` : due.text}
        </Badge>
      )}
      {priority && (
        <Badge tone={task.completed ? "plain" : PRIORITY_TONES[priority]}>
          <Flag aria-hidden />
          {PRIORITY_NAMES[priority]}
          <span className="sr-only"> priority</span>
        </Badge>
      )}
      {tags.slice(0, SHOWN_TAGS).map((tag) => (
        <Badge key={tag.id}>
          <TagName tag={tag} />
        </Badge>
      ))}
      {more > 0 && <Badge title={tags.slice(SHOWN_TAGS).map(({ name }) => name).join(", ")}>{more === 1 ? "1 more tag" : `${more} more tags`}</Badge>}
    </div>
  );
}
