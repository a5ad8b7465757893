"use client";

import { useState } from "react";
import { useCreateTask } from "./changes";
import { BLANK, fieldsOf } from "./draft";
import type { Task } from "./task";
import { TaskDialog } from "./task-dialog";
import { browserZone } from "./zone";

interface Props {
  title: string;
  onAdded: (task: Task) => void;
  onClose: () => void;
}

export function NewTask({ title, onAdded, onClose }: Props) {
  const [zone] = useState(browserZone);
  const create = useCreateTask();
  return (
    <TaskDialog
      heading="New task"
      description="Only the title is needed."
      action="Add the task"
      values={{ ...BLANK, title }}
      zone={zone}
      onSave={async (typed) => onAdded(await create.mutateAsync(fieldsOf(typed, zone)))}
      onClose={onClose}
    />
  );
}
