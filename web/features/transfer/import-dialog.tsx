"use client";

import { useId } from "react";
import type { ChangeEvent, SyntheticEvent } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { taskCount } from "@/lib/task-count";
import { useUndo } from "@/lib/use-undo";
import { ImportReport } from "./import-report";
import { describeImportError } from "./upload";
import type { Upload } from "./upload";
import { useImport, useImportCheck } from "./use-import";

interface Props {
  open: boolean;
  onClose: () => void;
}

export function ImportDialog({ open, onClose }: Props) {
  return (
    <Dialog open={open} onOpenChange={onClose}>
      <DialogContent
        title="Import tasks"
        description="Choose a CSV or JSON file in the format of an export, with up to 10,000 tasks and 5 MiB. The tasks are added to your list."
      >
        <Steps onDone={onClose} />
      </DialogContent>
    </Dialog>
  );
}

function Steps({ onDone }: { onDone: () => void }) {
  const check = useImportCheck();
  const importTasks = useImport();
  const { offer } = useUndo();
  const error = check.error ?? importTasks.error;
  const checked = check.data;
  const canImport = checked !== undefined && checked.report.errors.length === 0 && checked.report.rows > 0;

  function choose({ target }: ChangeEvent<HTMLInputElement>) {
    const file = target.files?.[0];
    importTasks.reset();
    if (file) check.mutate(file);
  }

  function start(upload: Upload) {
    importTasks.mutate(upload, {
      onSuccess: ({ report, changes }) => {
        offer(`${taskCount(report.made)} imported.`, changes);
        onDone();
      },
    });
  }

  return (
    <div className="grid gap-5">
      <FileChoice onChange={choose} disabled={check.isPending || importTasks.isPending} />
      <div aria-live="polite" className="grid gap-5 empty:hidden">
        {check.isPending && <p className="text-sm text-muted">Checking {check.variables.name}…</p>}
        {error && <Notice title={describeImportError(error).title}>{describeImportError(error).advice}</Notice>}
        {checked && checked.report.errors.length > 0 && <ImportReport {...checked.report} />}
        {checked && !importTasks.isError && checked.report.errors.length === 0 && (
          <p className="wrap-anywhere">
            {checked.report.rows === 0
              ? `${checked.upload.name} contains no tasks.`
              : `${checked.upload.name} contains ${taskCount(checked.report.rows)}, ready to import.`}
          </p>
        )}
      </div>
      <div className="flex flex-wrap justify-end gap-3">
        <DialogClose asChild>
          <Button tone="outline">{canImport ? "Cancel" : "Close"}</Button>
        </DialogClose>
        {canImport && (
          <Button onClick={() => start(checked.upload)} disabled={importTasks.isPending}>
            {importTasks.isPending ? "Importing…" : "Import tasks"}
          </Button>
        )}
      </div>
    </div>
  );
}

function FileChoice({ onChange, disabled }: { onChange: (event: ChangeEvent<HTMLInputElement>) => void; disabled: boolean }) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        File
      </label>
      <input
        id={id}
        type="file"
        accept=".csv,.json"
        onClick={clearFile}
        onDrop={clearFile}
        onChange={onChange}
        disabled={disabled}
        className="w-full cursor-pointer rounded-lg border border-control bg-surface p-1.5 text-sm text-muted file:mr-3 file:min-h-8 file:cursor-pointer file:rounded-md file:border-0 file:bg-tint file:px-3 file:font-medium file:text-accent"
      />
    </div>
  );
}

// Without this, choosing the same file again after fixing it would not fire a change event.
function clearFile({ currentTarget }: SyntheticEvent<HTMLInputElement>) {
  currentTarget.value = "";
}
