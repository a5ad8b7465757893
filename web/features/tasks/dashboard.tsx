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

type Open = { dialog: "edit"; task: Task } | { dialog: "new"; title: string } | { dialog: "help" } | null;

/** The tasks of whoever is signed in. `tools` stand in the toolbar. */
export function Dashboard({ tools }: { tools?: ReactNode }) {
  const { view, show } = useView();
  const zone = browserZone();
  const list = useTaskList(queryOf(view, useNow(), zone));
  const total = useStats(zone).data?.total;
  const { offer, undoLast } = useUndo();
  const listed = list.data ? tasksIn(list.data) : [];
  const { tasks, failures, complete, move, explainMoving, remove } = useRowActions({ listed, view, show, offer });
  // Those that wait for their deletion are gone for whoever looks.
  const hidden = listed.length - tasks.length;
  const selection = useSelection(tasks, offer, (message) => toast(message));
  const [open, setOpen] = useState<Open>(null);
  const search = useRef<HTMLInputElement>(null);
  const quickAdd = useRef<HTMLInputElement>(null);

  const edit = (task: Task) => setOpen({ dialog: "edit", task });
  const help = () => setOpen({ dialog: "help" });
  const close = () => setOpen(null);
  const focusQuickAdd = () => quickAdd.current?.focus();
  const withFocused = (act: (task: Task) => void) => () => {
    const task = tasks.find(({ id }) => id === focusedTask());
    if (task) act(task);
  };

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
    x: withFocused(selection.toggle),
    d: withFocused((task) => remove([task])),
    u: undoLast,
    Escape: selection.end,
    "?": help,
  });

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <StatsPanel onShow={show} />
      <QuickAdd input={quickAdd} onAdded={added} onDetails={(title) => setOpen({ dialog: "new", title })} />
      <Toolbar
        view={view}
        show={show}
        search={search}
        selecting={selection.ids !== null}
        onSelect={selection.ids ? selection.end : selection.start}
        onHelp={help}
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
        matching={Math.max(0, (list.data?.pages[0]?.total ?? 0) - hidden)}
        total={total === undefined ? undefined : Math.max(0, total - hidden)}
        view={view}
        selection={selection.ids}
        failures={failures}
        actions={{ complete, edit, select: selection.toggle, move, explainMoving, remove: (task) => remove([task]) }}
        onChange={show}
        onAdd={focusQuickAdd}
      />
      {open?.dialog === "edit" && <EditTask key={open.task.id} task={open.task} onClose={close} />}
      {open?.dialog === "new" && <NewTask title={open.title} onAdded={added} onClose={close} />}
      <HelpSheet open={open?.dialog === "help"} onClose={close} />
    </div>
  );
}
