"use client";

import { useRef, useState } from "react";
import type { ReactNode } from "react";
import { toast } from "sonner";
import { useAssistant } from "@/lib/assistant";
import { browserZone } from "@/lib/browser-zone";
import { questionAbout } from "@/lib/question-about";
import { useShortcuts } from "@/lib/use-shortcuts";
import { useStats } from "@/lib/use-stats";
import { useUndo } from "@/lib/use-undo";
import { BulkBar } from "./bulk/bulk-bar";
import { useSelection } from "./bulk/use-selection";
import { tasksIn } from "./data/pages";
import { useTaskList } from "./data/use-task-list";
import { useView } from "./data/use-view";
import { EditTask } from "./editor/edit-task";
import { NewTask } from "./editor/new-task";
import { QuickAdd } from "./editor/quick-add";
import { focusRow, focusedTask } from "./list/row-focus";
import { TaskList } from "./list/task-list";
import { useRowActions } from "./list/use-row-actions";
import type { Task } from "./model/task";
import { isFiltered, queryOf, withoutFilters } from "./model/view";
import { useNow } from "./parts/use-now";
import { HelpSheet } from "./shortcuts/help-sheet";
import { StatsPanel } from "./stats/stats-panel";
import { Toolbar } from "./toolbar/toolbar";

type OpenDialog = { dialog: "edit"; task: Task } | { dialog: "new"; title: string } | { dialog: "help" } | null;

/** The signed-in user's tasks. `tools` are added to the toolbar. */
export function Dashboard({ tools }: { tools?: ReactNode }) {
  const { view, show } = useView();
  const zone = browserZone();
  const list = useTaskList(queryOf(view, useNow(), zone));
  const total = useStats(zone).data?.total;
  const { offer, undoLast } = useUndo();
  const listed = list.data ? tasksIn(list.data) : [];
  const { tasks, errors, complete, move, explainMoving, remove } = useRowActions({ listed, view, show, offer });
  // Tasks that are being deleted are hidden, and are not counted either.
  const hidden = listed.length - tasks.length;
  const assistant = useAssistant();
  const selection = useSelection(tasks, offer, (message) => toast(message));
  const [open, setOpen] = useState<OpenDialog>(null);
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

  function onAdded(task: Task) {
    if (!isFiltered(view) && view.status !== "completed") return;
    toast(`Added “${task.title}”. The current filters may hide it.`, {
      action: { label: "Clear filters", onClick: () => show({ ...withoutFilters(view), status: "active" }) },
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
      <QuickAdd input={quickAdd} onAdded={onAdded} onDetails={(title) => setOpen({ dialog: "new", title })} />
      <Toolbar
        view={view}
        show={show}
        search={search}
        selecting={selection.ids !== null}
        onSelect={selection.ids ? selection.end : selection.start}
        onUndo={undoLast}
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
          onAsk={() => assistant.open(questionAbout(selection.tasks.map(({ title }) => title)))}
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
        errors={errors}
        actions={{ complete, edit, select: selection.toggle, move, explainMoving, remove: (task) => remove([task]) }}
        onChange={show}
        onAdd={focusQuickAdd}
      />
      {open?.dialog === "edit" && <EditTask key={open.task.id} task={open.task} onClose={close} />}
      {open?.dialog === "new" && <NewTask title={open.title} onAdded={onAdded} onClose={close} />}
      <HelpSheet open={open?.dialog === "help"} onClose={close} />
    </div>
  );
}
