"use client";

import { useState } from "react";
import { useService } from "@/lib/service-provider";
import { writeUnsavedTask } from "../data/saved-text";
import { useCreateTask } from "../data/use-create-task";
import { useSaveTask } from "../data/use-save-task";
import { draftOf, fieldsOf } from "../model/draft";
import type { Draft } from "../model/draft";
import type { Task } from "../model/task";
import { browserZone } from "../model/zone";
import { TaskDialog } from "./task-dialog";

interface Props {
  task: Task;
  /** Values that were typed before, and not saved. */
  typed?: Draft | undefined;
  onClose: () => void;
}

export function EditTask({ task, typed, onClose }: Props) {
  const { user } = useService();
  // The list may refetch the task while the form is open. The form keeps the version it was opened with.
  const [base, setBase] = useState(task);
  const [zone] = useState(browserZone);
  const save = useSaveTask();
  const create = useCreateTask();
  return (
    <TaskDialog
      heading="Edit task"
      description="Your changes apply when you save them."
      action="Save"
      values={draftOf(task, zone)}
      typed={typed}
      zone={zone}
      onTyped={(unsaved) => writeUnsavedTask(user.uuid, unsaved && { task: base, typed: unsaved })}
      onSave={async (filled) => {
        await save.mutateAsync({ base, changes: fieldsOf(filled, zone, base) });
      }}
      onSaveNew={async (filled) => {
        await create.mutateAsync(fieldsOf(filled, zone));
      }}
      onLoad={setBase}
      onClose={onClose}
    />
  );
}
