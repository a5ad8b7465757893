"use client";

import { useState } from "react";
import { browserZone } from "@/lib/browser-zone";
import { useSaveTask } from "../data/use-save-task";
import { draftOf, fieldsOf } from "../model/draft";
import type { Task } from "../model/task";
import { TaskDialog } from "./task-dialog";

export function EditTask({ task, onClose }: { task: Task; onClose: () => void }) {
  // The list may refetch the task while the form is open. The form keeps the version it was opened with.
  const [base, setBase] = useState(task);
  const [zone] = useState(browserZone);
  const save = useSaveTask();
  return (
    <TaskDialog
      heading="Edit task"
      description="Your changes apply when you save them."
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
