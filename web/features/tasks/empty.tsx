import { CircleCheckBig, ListPlus, SearchX } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { isNarrowed, withoutFilters } from "./view";
import type { View } from "./view";

interface Props {
  view: View;
  /** How many tasks there are at all, or undefined if nobody knows. */
  total: number | undefined;
  onChange: (view: View) => void;
  onAdd: () => void;
}

/** Why there is nothing to show, and what to do about it. */
export function Empty({ view, total, onChange, onAdd }: Props) {
  if (total === 0) {
    return (
      <Message Icon={ListPlus} title="No tasks yet" text="Write the first one into the line above. Enter adds it.">
        <Button onClick={onAdd}>Write one down</Button>
      </Message>
    );
  }
  if (isNarrowed(view)) {
    return (
      <Message Icon={SearchX} title="No task matches" text="None of your tasks has all that the filters ask for.">
        <Button onClick={() => onChange(withoutFilters(view))}>Clear the filters</Button>
        {view.status !== "all" && (
          <Button tone="outline" onClick={() => onChange({ ...view, status: "all" })}>
            {view.status === "active" ? "Look among the done ones too" : "Look among those to do too"}
          </Button>
        )}
      </Message>
    );
  }
  if (view.status === "active") {
    return (
      <Message Icon={CircleCheckBig} title="Nothing left to do" text="All of your tasks are done. Enjoy the quiet.">
        <Button tone="outline" onClick={() => onChange({ ...view, status: "completed" })}>
          See what is done
        </Button>
      </Message>
    );
  }
  return (
    <Message Icon={CircleCheckBig} title="Nothing done yet" text="A task that you tick off will be here.">
      <Button tone="outline" onClick={() => onChange({ ...view, status: "active" })}>
        See what is to do
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
