"use client";

import { DndContext, KeyboardSensor, PointerSensor, closestCenter, useSensor, useSensors } from "@dnd-kit/core";
import type { Announcements, DragEndEvent, UniqueIdentifier } from "@dnd-kit/core";
import { SortableContext, sortableKeyboardCoordinates, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { useId } from "react";
import { TaskRow } from "./task-row";
import type { RowActions, RowFailure } from "./task-row";
import type { Task } from "./task";
import { useNow } from "./now";
import { useRowFocus } from "./row-focus";

const DRAG_FROM_PX = 6;

interface Props {
  tasks: readonly Task[];
  selection: ReadonlySet<string> | null;
  movable: boolean;
  failures: ReadonlyMap<string, RowFailure>;
  actions: RowActions;
}

export function TaskRows({ tasks, selection, movable, failures, actions }: Props) {
  const id = useId();
  const now = useNow();
  const list = useRowFocus(tasks);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: DRAG_FROM_PX } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );

  function drop({ active, over }: DragEndEvent) {
    if (over && over.id !== active.id) actions.move(String(active.id), String(over.id));
  }

  return (
    <DndContext
      id={id}
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={drop}
      accessibility={{ announcements: announcements(tasks) }}
    >
      <SortableContext items={tasks.map((task) => task.id)} strategy={verticalListSortingStrategy}>
        <ul
          ref={list}
          aria-label="Tasks"
          className="divide-y divide-line rounded-2xl border border-line bg-surface shadow-raised"
        >
          {tasks.map((task, index) => (
            <TaskRow
              key={task.id}
              task={task}
              now={now}
              selected={selection && selection.has(task.id)}
              movable={movable}
              before={tasks[index - 1]}
              after={tasks[index + 1]}
              failure={failures.get(task.id)}
              actions={actions}
            />
          ))}
        </ul>
      </SortableContext>
    </DndContext>
  );
}

function announcements(tasks: readonly Task[]): Announcements {
  const title = (id: UniqueIdentifier) => tasks.find((task) => task.id === id)?.title ?? "the task";
  const place = (id: UniqueIdentifier) =>
    `place ${tasks.findIndex((task) => task.id === id) + 1} of ${tasks.length}`;
  return {
    onDragStart: ({ active }) => `Picked up ${title(active.id)}, ${place(active.id)}.`,
    onDragOver: ({ over }) => (over ? `Now at ${place(over.id)}.` : undefined),
    onDragEnd: ({ active, over }) =>
      over ? `Put down ${title(active.id)} at ${place(over.id)}.` : `Put down ${title(active.id)}.`,
    onDragCancel: ({ active }) => `${title(active.id)} stays where it was.`,
  };
}
