"use client";

import { useState } from "react";
import { browserZone } from "@/lib/browser-zone";
import { useCreateTask } from "../data/use-create-task";
import { BLANK, fieldsOf } from "../model/draft";
import type { Task } from "../model/task";
import { TaskDialog } from "./task-dialog";

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
      description="Only the title is required."
      action="Add task"
      values={{ ...BLANK, title }}
      zone={zone}
      onSave={async (typed) => onAdded(await create.mutateAsync(fieldsOf(typed, zone)))}
      onClose={onClose}
    />
  );
}
