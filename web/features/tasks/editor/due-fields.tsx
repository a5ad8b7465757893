"use client";

import { useFormContext, useWatch } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { shiftedTime } from "../model/draft";
import type { Draft } from "../model/draft";

/** The due date of a task: a day, or with a time in the time zone `zone`. */
export function DueFields({ zone }: { zone: string }) {
  const { control, register, setValue, formState } = useFormContext<Draft>();
  const [date, time] = useWatch({ control, name: ["date", "time"] });
  const shifted = shiftedTime({ date, time }, zone);

  function clear() {
    setValue("date", "", { shouldDirty: true, shouldValidate: true });
    setValue("time", "", { shouldDirty: true });
  }

  return (
    <div className="grid gap-1.5">
      {/* Side by side if there is space: a time field with AM and PM is wider than one without. */}
      <div className="flex flex-wrap gap-3 *:flex-auto">
        <Field label="Due date" error={formState.errors.date?.message}>
          {(attributes) => <Input type="date" max="9998-12-30" {...attributes} {...register("date")} />}
        </Field>
        <Field label="Due time" error={formState.errors.time?.message}>
          {(attributes) => <Input type="time" {...attributes} {...register("time")} />}
        </Field>
      </div>
      <div className="flex items-start justify-between gap-3">
        <p className="text-sm text-muted" role="status">
          {shifted
            ? `Clocks go forward on this day and skip ${time}. The task will be due at ${shifted}.`
            : `Time zone: ${zone.replaceAll("_", " ")}. Without a time, the task is due on this day in every time zone.`}
        </p>
        {(date || time) && (
          <Button tone="quiet" className="-mt-2 px-2" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
    </div>
  );
}
