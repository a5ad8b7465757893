"use client";

import { useId } from "react";
import type { ChangeEvent, SyntheticEvent } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { ImportReport } from "./import-report";
import { describeImportError, useCheck, useImport } from "./importing";
import type { Upload } from "./importing";

interface Props {
  open: boolean;
  onClose: () => void;
}

export function ImportDialog({ open, onClose }: Props) {
  return (
    <Dialog open={open} onOpenChange={onClose}>
      <DialogContent
        title="Import tasks"
        description="From a CSV or JSON file, as an export gives it: up to 10,000 tasks and 5 MiB. They are added to those you have."
      >
        <Steps onDone={onClose} />
      </DialogContent>
    </Dialog>
  );
}

function Steps({ onDone }: { onDone: () => void }) {
  const check = useCheck();
  const take = useImport();
  const error = check.error ?? take.error;
  const found = check.data;
  const isGood = found !== undefined && found.report.errors.length === 0 && found.report.rows > 0;

  function choose({ target }: ChangeEvent<HTMLInputElement>) {
    const file = target.files?.[0];
    take.reset();
    if (file) check.mutate(file);
  }

  function start(upload: Upload) {
    take.mutate(upload, {
      onSuccess: ({ made }) => {
        toast(made === 1 ? "1 task is imported." : `${made} tasks are imported.`);
        onDone();
      },
    });
  }

  return (
    <div className="grid gap-5">
      <FileChoice onChange={choose} disabled={check.isPending || take.isPending} />
      <div aria-live="polite" className="grid gap-5 empty:hidden">
        {check.isPending && <p className="text-sm text-muted">Looking at {check.variables.name}…</p>}
        {error && <Notice title={describeImportError(error).title}>{describeImportError(error).advice}</Notice>}
        {found && found.report.errors.length > 0 && <ImportReport {...found.report} />}
        {found && !take.isError && found.report.errors.length === 0 && (
          <p className="wrap-anywhere">{summary(found.upload.name, found.report.rows)}</p>
        )}
      </div>
      <div className="flex flex-wrap justify-end gap-3">
        <DialogClose asChild>
          <Button tone="outline">{isGood ? "Cancel" : "Close"}</Button>
        </DialogClose>
        {isGood && (
          <Button onClick={() => start(found.upload)} disabled={take.isPending}>
            {take.isPending ? "Importing…" : "Import them"}
          </Button>
        )}
      </div>
    </div>
  );
}

function summary(name: string, rows: number): string {
  if (rows === 0) return `There are no tasks in ${name}.`;
  return rows === 1 ? `${name} has 1 task, and it can be taken.` : `${name} has ${rows} tasks, and all can be taken.`;
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
        onClick={forget}
        onDrop={forget}
        onChange={onChange}
        disabled={disabled}
        className="w-full cursor-pointer rounded-lg border border-control bg-surface p-1.5 text-sm text-muted file:mr-3 file:min-h-8 file:cursor-pointer file:rounded-md file:border-0 file:bg-tint file:px-3 file:font-medium file:text-accent"
      />
    </div>
  );
}

// So that the same file, once mended, is a choice again.
function forget({ currentTarget }: SyntheticEvent<HTMLInputElement>) {
  currentTarget.value = "";
}
