"use client";

import { DndContext, KeyboardSensor, PointerSensor, closestCenter, useSensor, useSensors } from "@dnd-kit/core";
import type { Announcements, DragEndEvent, UniqueIdentifier } from "@dnd-kit/core";
import { SortableContext, sortableKeyboardCoordinates, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { useId } from "react";
import type { Task } from "../model/task";
import { useNow } from "../parts/use-now";
import { TaskRow } from "./task-row";
import type { RowActions, RowError } from "./task-row";
import { useRowFocus } from "./use-row-focus";

const DRAG_DISTANCE_PX = 6;

interface Props {
  tasks: readonly Task[];
  selection: ReadonlySet<string> | null;
  movable: boolean;
  errors: ReadonlyMap<string, RowError>;
  actions: RowActions;
}

export function TaskRows({ tasks, selection, movable, errors, actions }: Props) {
  const id = useId();
  const now = useNow();
  const list = useRowFocus(tasks);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: DRAG_DISTANCE_PX } }),
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
              error={errors.get(task.id)}
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
  const position = (id: UniqueIdentifier) =>
    `position ${tasks.findIndex((task) => task.id === id) + 1} of ${tasks.length}`;
  return {
    onDragStart: ({ active }) => `Picked up ${title(active.id)} at ${position(active.id)}.`,
    onDragOver: ({ over }) => (over ? `Now at ${position(over.id)}.` : undefined),
    onDragEnd: ({ active, over }) =>
      over ? `Dropped ${title(active.id)} at ${position(over.id)}.` : `Dropped ${title(active.id)}.`,
    onDragCancel: ({ active }) => `${title(active.id)} was not moved.`,
  };
}
