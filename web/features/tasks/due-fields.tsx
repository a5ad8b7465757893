"use client";

import { useFormContext, useWatch } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { skippedTo } from "./draft";
import type { Draft } from "./draft";

/** When a task is due, by the clock of `zone`. */
export function DueFields({ zone }: { zone: string }) {
  const { control, register, setValue, formState } = useFormContext<Draft>();
  const [date, time] = useWatch({ control, name: ["date", "time"] });
  const kept = skippedTo({ date, time }, zone);

  function clear() {
    setValue("date", "", { shouldDirty: true, shouldValidate: true });
    setValue("time", "", { shouldDirty: true });
  }

  return (
    <div className="grid gap-1.5">
      {/* Side by side where there is room: a clock with AM and PM is wider than one without. */}
      <div className="flex flex-wrap gap-3 *:flex-auto">
        <Field label="Due on" error={formState.errors.date?.message}>
          {(attributes) => <Input type="date" max="9998-12-30" {...attributes} {...register("date")} />}
        </Field>
        <Field label="At" error={formState.errors.time?.message}>
          {(attributes) => <Input type="time" {...attributes} {...register("time")} />}
        </Field>
      </div>
      <div className="flex items-start justify-between gap-3">
        <p className="text-sm text-muted" role="status">
          {kept
            ? `The clocks go forward that day and skip ${time}. It will be ${kept}.`
            : `In your time zone, ${zone.replaceAll("_", " ")}. Without a time: by the end of the day.`}
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
