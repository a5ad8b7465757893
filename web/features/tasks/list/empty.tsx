import { CircleCheckBig, ListPlus, SearchX } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { isFiltered, withoutFilters } from "../model/view";
import type { View } from "../model/view";

interface Props {
  view: View;
  /** The number of all tasks, or undefined if it is not loaded. */
  total: number | undefined;
  onChange: (view: View) => void;
  onAdd: () => void;
}

/** Explain why the list is empty, and offer the next step. */
export function Empty({ view, total, onChange, onAdd }: Props) {
  if (total === 0) {
    return (
      <Message Icon={ListPlus} title="No tasks yet" text="Type a task in the field above and press Enter.">
        <Button onClick={onAdd}>Add a task</Button>
      </Message>
    );
  }
  if (isFiltered(view)) {
    return (
      <Message Icon={SearchX} title="No tasks match these filters" text="Change or clear the filters to see more tasks.">
        <Button onClick={() => onChange(withoutFilters(view))}>Clear filters</Button>
        {view.status !== "all" && (
          <Button tone="outline" onClick={() => onChange({ ...view, status: "all" })}>
            {view.status === "active" ? "Include completed tasks" : "Include tasks to do"}
          </Button>
        )}
      </Message>
    );
  }
  if (view.status === "active") {
    return (
      <Message Icon={CircleCheckBig} title="Nothing left to do" text="All your tasks are done.">
        <Button tone="outline" onClick={() => onChange({ ...view, status: "completed" })}>
          Show completed tasks
        </Button>
      </Message>
    );
  }
  return (
    <Message Icon={CircleCheckBig} title="Nothing done yet" text="Tasks that you complete appear here.">
      <Button tone="outline" onClick={() => onChange({ ...view, status: "active" })}>
        Show tasks to do
      </Button>
    </Message>
  );
}

interface MessageProps {
  Icon: LucideIcon;
  title: string;
  text: string;
  children: ReactNode;
}

function Message({ Icon, title, text, children }: MessageProps) {
  return (
    <div className="grid justify-items-center gap-3 rounded-2xl border border-dashed border-control px-6 py-14 text-center">
      <span className="grid size-14 place-items-center rounded-full bg-tint text-accent">
        <Icon aria-hidden className="size-6" />
      </span>
      <h2 className="text-2xl">{title}</h2>
      <p className="max-w-sm text-balance text-muted">{text}</p>
      <div className="mt-2 flex flex-wrap justify-center gap-2">{children}</div>
    </div>
  );
}
