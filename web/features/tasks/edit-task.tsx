"use client";

import { useState } from "react";
import { useSaveTask } from "./changes";
import { draftOf, fieldsOf } from "./draft";
import type { Task } from "./task";
import { TaskDialog } from "./task-dialog";
import { browserZone } from "./zone";

export function EditTask({ task, onClose }: { task: Task; onClose: () => void }) {
  // The list goes on changing below; the form is about the task that it was opened with.
  const [base, setBase] = useState(task);
  const [zone] = useState(browserZone);
  const save = useSaveTask();
  return (
    <TaskDialog
      heading="Edit the task"
      description="Changes are kept once you save them."
      action="Save"
      values={draftOf(task, zone)}
      zone={zone}
      onSave={async (typed) => {
        await save.mutateAsync({ base, changes: fieldsOf(typed, zone, base) });
      }}
      onLoad={setBase}
      onClose={onClose}
    />
  );
}
