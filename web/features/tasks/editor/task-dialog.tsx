"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import type { UseFormReturn } from "react-hook-form";
import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { ApiError } from "@/lib/errors";
import { EditConflict } from "../data/use-save-task";
import { differences, draft, draftOf, rebase } from "../model/draft";
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
  /** Values that were typed before, and not saved. */
  typed?: Draft | undefined;
  zone: string;
  /** Called with the typed values after each change, and with null if nothing is changed. */
  onTyped: (typed: Draft | null) => void;
  /** Save the values. Throws if the service rejects them. */
  onSave: (typed: Draft) => Promise<void>;
  /** Called with the current task after an edit conflict, when the user loads the new version. */
  onLoad?: (current: Task) => void;
  /** Save the values as a new task, if the task was deleted elsewhere. */
  onSaveNew?: (typed: Draft) => Promise<void>;
  onClose: () => void;
}

export function TaskDialog({ heading, description, action, values, typed, zone, onTyped, ...actions }: Props) {
  const { onSave, onLoad, onSaveNew } = actions;
  const form = useForm<Draft>({ resolver: zodResolver(draft), defaultValues: values });
  const [base, setBase] = useState(values);
  const [failure, setFailure] = useState<unknown>(null);
  const [isConfirming, setConfirming] = useState(false);
  const { isDirty, isSubmitting } = form.formState;

  useEffect(() => {
    if (typed) fill(form, typed);
    return form.subscribe({
      formState: { values: true },
      callback: (state) => onTyped(differences(values, state.values).length > 0 ? state.values : null),
    });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the form is filled once, when it opens
  }, []);

  function onClose() {
    onTyped(null);
    actions.onClose();
  }

  const submit = (send: (typed: Draft) => Promise<void>) =>
    form.handleSubmit(async (filled) => {
      setFailure(null);
      try {
        await send(filled);
        onClose();
      } catch (error) {
        const rejected = fieldError(error);
        if (rejected) form.setError(rejected.field, { message: rejected.message }, { shouldFocus: true });
        else setFailure(error);
      }
    });
  const save = submit(onSave);

  function load(current: Task) {
    const loaded = draftOf(current, zone);
    const merged = rebase(form.getValues(), base, loaded);
    form.reset(loaded);
    fill(form, merged);
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
                ) : onSaveNew && isDeleted(failure) ? (
                  <Notice title="This task was deleted in another tab or on another device">
                    <p>Your changes are not saved yet. You can save them as a new task.</p>
                    <Button tone="outline" className="mt-2 justify-self-start" onClick={() => void submit(onSaveNew)()}>
                      Save as a new task
                    </Button>
                  </Notice>
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

function fill(form: UseFormReturn<Draft>, filled: Draft): void {
  for (const field of draft.keyof().options) form.setValue(field, filled[field], { shouldDirty: true });
}

function isDeleted(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

// The form may be taller than the screen, and messages are at its end.
function scrollIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "center" });
}
