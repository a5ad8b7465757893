"use client";

import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { toast } from "sonner";
import { BulkBar } from "./bulk-bar";
import { EditTask } from "./edit-task";
import { HelpSheet } from "./help-sheet";
import { NewTask } from "./new-task";
import { useNow } from "./now";
import { tasksIn } from "./pages";
import { useStats, useTaskList } from "./queries";
import { QuickAdd } from "./quick-add";
import { useRowActions } from "./row-actions";
import { focusRow, focusedTask } from "./row-focus";
import { useSelection } from "./selection";
import { useShortcuts } from "./shortcuts";
import { StatsPanel } from "./stats-panel";
import type { Task } from "./task";
import { TaskList } from "./task-list";
import { Toolbar } from "./toolbar";
import { useUndo } from "./undo";
import { useView } from "./use-view";
import { isNarrowed, queryOf, withoutFilters } from "./view";
import { browserZone } from "./zone";

type Open = { editing: Task } | { adding: string } | "help" | null;

/** The tasks of whoever is signed in. `tools` stand in the toolbar. */
export function Dashboard({ tools }: { tools?: ReactNode }) {
  const { view, show } = useView();
  const zone = browserZone();
  const list = useTaskList(queryOf(view, useNow(), zone));
  const total = useStats(zone).data?.total;
  const { offer, undoLast } = useUndo();
  const listed = list.data ? tasksIn(list.data) : [];
  const { tasks, failures, complete, move, explainMoving, remove } = useRowActions({ listed, view, show, offer });
  const selection = useSelection(tasks, offer, (message) => toast(message));
  const [open, setOpen] = useState<Open>(null);
  const search = useRef<HTMLInputElement>(null);
  const quickAdd = useRef<HTMLInputElement>(null);

  const edit = (task: Task) => setOpen({ editing: task });
  const focusQuickAdd = () => quickAdd.current?.focus();
  const withFocused = (act: (task: Task) => void) => () => {
    const task = tasks.find(({ id }) => id === focusedTask());
    if (task) act(task);
  };

  function select(task: Task) {
    selection.toggle(task);
  }

  function added(task: Task) {
    if (!isNarrowed(view) && view.status !== "completed") return;
    toast(`Added “${task.title}”. The list may not show it as it is filtered.`, {
      action: { label: "Clear", onClick: () => show({ ...withoutFilters(view), status: "active" }) },
    });
  }

  useShortcuts({
    n: focusQuickAdd,
    "/": () => search.current?.focus(),
    j: () => focusRow(1),
    k: () => focusRow(-1),
    e: withFocused(edit),
    c: withFocused((task) => complete(task, !task.completed)),
    x: withFocused(select),
    d: withFocused((task) => remove([task])),
    u: undoLast,
    Escape: selection.end,
    "?": () => setOpen("help"),
  });

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <StatsPanel onShow={show} />
      <QuickAdd input={quickAdd} onAdded={added} onDetails={(adding) => setOpen({ adding })} />
      <Toolbar
        view={view}
        show={show}
        search={search}
        selecting={selection.ids !== null}
        onSelect={selection.ids ? selection.end : selection.start}
        onHelp={() => setOpen("help")}
        tools={tools}
      />
      {selection.ids && (
        <BulkBar
          count={selection.tasks.length}
          shown={tasks.length}
          busy={selection.busy}
          failure={selection.failure}
          onAll={selection.toggleAll}
          onChange={selection.change}
          onRemove={() => remove(selection.tasks)}
          onClose={selection.end}
        />
      )}
      <TaskList
        list={list}
        tasks={tasks}
        matching={matching(list.data?.pages[0]?.total ?? 0, listed.length - tasks.length)}
        total={total === undefined ? undefined : matching(total, listed.length - tasks.length)}
        view={view}
        selection={selection.ids}
        failures={failures}
        actions={{ complete, edit, select, move, explainMoving, remove: (task) => remove([task]) }}
        onChange={show}
        onAdd={focusQuickAdd}
      />
      {open !== null && typeof open === "object" && "editing" in open && (
        <EditTask key={open.editing.id} task={open.editing} onClose={() => setOpen(null)} />
      )}
      {open !== null && typeof open === "object" && "adding" in open && (
        <NewTask title={open.adding} onAdded={added} onClose={() => setOpen(null)} />
      )}
      <HelpSheet open={open === "help"} onClose={() => setOpen(null)} />
    </div>
  );
}

// Those that wait for their deletion are gone for whoever looks.
function matching(count: number, hidden: number): number {
  return Math.max(0, count - hidden);
}
