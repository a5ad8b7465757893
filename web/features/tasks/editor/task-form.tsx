"use client";

import { useFormContext, useWatch } from "react-hook-form";
import type { ReactNode } from "react";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import type { Draft } from "../model/draft";
import { PRIORITY_NAMES } from "../model/task";
import { PRIORITY_CHOICES } from "../model/view";
import { DueFields } from "./due-fields";
import { TagPicker } from "./tag-picker";

interface Props {
  zone: string;
  onSubmit: () => void;
  children: ReactNode;
}

export function TaskForm({ zone, onSubmit, children }: Props) {
  const { control, register, setValue, formState } = useFormContext<Draft>();
  const { errors } = formState;
  const tags = useWatch({ control, name: "tags" });

  return (
    <form
      noValidate
      method="post"
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Field label="Title" error={errors.title?.message}>
        {(attributes) => <Input autoComplete="off" {...attributes} {...register("title")} />}
      </Field>
      <Field label="Description" error={errors.description?.message}>
        {(attributes) => <Textarea rows={3} {...attributes} {...register("description")} />}
      </Field>
      <Field label="Priority" error={errors.priority?.message}>
        {(attributes) => (
          <Select {...attributes} {...register("priority")}>
            {PRIORITY_CHOICES.toReversed().map((priority) => (
              <option key={priority} value={priority}>
                {PRIORITY_NAMES[priority]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <DueFields zone={zone} />
      <TagPicker
        chosen={tags}
        error={errors.tags?.message}
        onChange={(chosen) => setValue("tags", chosen, { shouldDirty: true, shouldValidate: true })}
      />
      {children}
    </form>
  );
}
