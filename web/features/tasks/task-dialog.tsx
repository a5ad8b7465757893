"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { FormProvider, useForm } from "react-hook-form";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { ChangedMeanwhile } from "./changes";
import { Conflict } from "./conflict";
import { draft, draftOf, rebase } from "./draft";
import type { Draft } from "./draft";
import { fieldFailure } from "./field-failure";
import { TaskForm } from "./task-form";
import type { Task } from "./task";

interface Props {
  heading: string;
  description: string;
  action: string;
  values: Draft;
  zone: string;
  /** Throws what went wrong. */
  onSave: (typed: Draft) => Promise<void>;
  /** Called with the task as it is now, when somebody wants to go on from there. */
  onLoad?: (current: Task) => void;
  onClose: () => void;
}

export function TaskDialog({ heading, description, action, values, zone, onSave, onLoad, onClose }: Props) {
  const form = useForm<Draft>({ resolver: zodResolver(draft), defaultValues: values });
  const [base, setBase] = useState(values);
  const [failure, setFailure] = useState<unknown>(null);
  const [leaving, setLeaving] = useState(false);
  const { isDirty, isSubmitting } = form.formState;

  const save = form.handleSubmit(async (typed) => {
    setFailure(null);
    try {
      await onSave(typed);
      onClose();
    } catch (error) {
      const wrong = fieldFailure(error);
      if (wrong) form.setError(wrong.field, { message: wrong.message }, { shouldFocus: true });
      else setFailure(error);
    }
  });

  function load(current: Task) {
    const now = draftOf(current, zone);
    const merged = rebase(form.getValues(), base, now);
    form.reset(now);
    for (const field of draft.keyof().options) form.setValue(field, merged[field], { shouldDirty: true });
    setBase(now);
    setFailure(null);
    onLoad?.(current);
  }

  function leave() {
    if (isDirty && !leaving) setLeaving(true);
    else onClose();
  }

  return (
    <Dialog open onOpenChange={leave}>
      <DialogContent title={heading} description={description}>
        <FormProvider {...form}>
          <TaskForm zone={zone} onSubmit={() => void save()}>
            {failure !== null && (
              <div ref={reveal}>
                {failure instanceof ChangedMeanwhile ? (
                  <Conflict base={base} current={draftOf(failure.current, zone)} onLoad={() => load(failure.current)} />
                ) : (
                  <Failure error={failure} onRetry={() => void save()} />
                )}
              </div>
            )}
            {leaving && (
              <div ref={reveal}>
                <Notice title="Leave without saving?">
                  <div className="mt-1 flex flex-wrap gap-2">
                    <Button tone="danger" onClick={onClose}>
                      Discard what I typed
                    </Button>
                    <Button tone="outline" autoFocus onClick={() => setLeaving(false)}>
                      Keep editing
                    </Button>
                  </div>
                </Notice>
              </div>
            )}
            <div className="sticky -bottom-5 -mx-5 -mb-5 flex flex-wrap justify-end gap-3 border-t border-line bg-surface px-5 py-3.5 sm:-bottom-7 sm:-mx-7 sm:-mb-7 sm:px-7">
              <Button tone="outline" onClick={leave}>
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

// A form may be higher than the screen, and what went wrong stands at its end.
function reveal(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "center" });
}
