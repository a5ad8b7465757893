"use client";

import { useState } from "react";
import { useService } from "@/lib/service-provider";
import { writeUnsavedTask } from "../data/saved-text";
import { useCreateTask } from "../data/use-create-task";
import { BLANK, fieldsOf } from "../model/draft";
import type { Draft } from "../model/draft";
import type { Task } from "../model/task";
import { browserZone } from "../model/zone";
import { TaskDialog } from "./task-dialog";

interface Props {
  title: string;
  /** Values that were typed before, and not saved. */
  typed?: Draft | undefined;
  onAdded: (task: Task) => void;
  onClose: () => void;
}

export function NewTask({ title, typed, onAdded, onClose }: Props) {
  const { user } = useService();
  const [zone] = useState(browserZone);
  const create = useCreateTask();
  return (
    <TaskDialog
      heading="New task"
      description="Only the title is required."
      action="Add task"
      values={{ ...BLANK, title }}
      typed={typed}
      zone={zone}
      onTyped={(unsaved) => writeUnsavedTask(user.uuid, unsaved && { task: null, typed: unsaved })}
      onSave={async (filled) => onAdded(await create.mutateAsync(fieldsOf(filled, zone)))}
      onClose={onClose}
    />
  );
}
