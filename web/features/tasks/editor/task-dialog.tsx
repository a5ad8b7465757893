"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { EditConflict } from "../data/use-save-task";
import { draft, draftOf, rebase } from "../model/draft";
import type { Draft } from "../model/draft";
import type { Task } from "../model/task";
import { Conflict } from "./conflict";
import { fieldError } from "./field-error";
import { TaskForm } from "./task-form";

interface Props {
  heading: string;
  description: string;
  action: string;
  values: Draft;
  zone: string;
  /** Save the values. Throws if the service rejects them. */
  onSave: (typed: Draft) => Promise<void>;
  /** Called with the current task after an edit conflict, when the user loads the new version. */
  onLoad?: (current: Task) => void;
  onClose: () => void;
}

export function TaskDialog({ heading, description, action, values, zone, onSave, onLoad, onClose }: Props) {
  const form = useForm<Draft>({ resolver: zodResolver(draft), defaultValues: values });
  const [base, setBase] = useState(values);
  const [failure, setFailure] = useState<unknown>(null);
  const [isConfirming, setConfirming] = useState(false);
  const { isDirty, isSubmitting } = form.formState;

  const save = form.handleSubmit(async (typed) => {
    setFailure(null);
    try {
      await onSave(typed);
      onClose();
    } catch (error) {
      const rejected = fieldError(error);
      if (rejected) form.setError(rejected.field, { message: rejected.message }, { shouldFocus: true });
      else setFailure(error);
    }
  });

  function load(current: Task) {
    const loaded = draftOf(current, zone);
    const merged = rebase(form.getValues(), base, loaded);
    form.reset(loaded);
    for (const field of draft.keyof().options) form.setValue(field, merged[field], { shouldDirty: true });
    setBase(loaded);
    setFailure(null);
    onLoad?.(current);
  }

  function close() {
    if (isDirty && !isConfirming) setConfirming(true);
    else onClose();
  }

  return (
    <Dialog open onOpenChange={close}>
      <DialogContent title={heading} description={description}>
        <FormProvider {...form}>
          <TaskForm zone={zone} onSubmit={() => void save()}>
            {failure !== null && (
              <div ref={scrollIntoView}>
                {failure instanceof EditConflict ? (
                  <Conflict base={base} current={draftOf(failure.current, zone)} onLoad={() => load(failure.current)} />
                ) : (
                  <ErrorNotice error={failure} onRetry={() => void save()} />
                )}
              </div>
            )}
            {isConfirming && (
              <div ref={scrollIntoView}>
                <Notice title="Discard your changes?">
                  <div className="mt-1 flex flex-wrap gap-2">
                    <Button tone="danger" onClick={onClose}>
                      Discard changes
                    </Button>
                    <Button tone="outline" autoFocus onClick={() => setConfirming(false)}>
                      Keep editing
                    </Button>
                  </div>
                </Notice>
              </div>
            )}
            <div className="sticky -bottom-5 -mx-5 -mb-5 flex flex-wrap justify-end gap-3 border-t border-line bg-surface px-5 py-3.5 sm:-bottom-7 sm:-mx-7 sm:-mb-7 sm:px-7">
              <Button tone="outline" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" disabled={isSubmitting}>
                {action}
              </Button>
            </div>
          </TaskForm>
        </FormProvider>
      </DialogContent>
    </Dialog>
  );
}

// The form may be taller than the screen, and messages are at its end.
function scrollIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "center" });
}
