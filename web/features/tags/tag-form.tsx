"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm, useWatch } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { DialogClose } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { describeError } from "@/lib/describe-error";
import { ApiError } from "@/lib/errors";
import type { TagFields } from "@/lib/use-tags";
import { ColorChoice } from "./color-choice";
import { tagFields } from "./fields";
import type { FormFields } from "./fields";

interface Props {
  initial: FormFields;
  submit: string;
  /** Save the values. The form shows the error if this throws. */
  save: (fields: TagFields) => Promise<void>;
}

export function TagForm({ initial, submit, save }: Props) {
  const { register, handleSubmit, setError, setValue, control, formState } = useForm({
    resolver: zodResolver(tagFields),
    defaultValues: initial,
  });
  const color = useWatch({ control, name: "color" });
  const { errors, isSubmitting } = formState;

  const send = handleSubmit(async (fields) => {
    try {
      await save({ name: fields.name, color: fields.color || null });
    } catch (error) {
      const { field, message } = formError(error, fields.name);
      setError(field, { message }, { shouldFocus: true });
    }
  });

  return (
    <form onSubmit={send} noValidate className="grid gap-5" method="post">
      {errors.root?.message && <Notice title={errors.root.message} />}
      <Field label="Name" error={errors.name?.message}>
        {(described) => <Input autoComplete="off" {...described} {...register("name")} />}
      </Field>
      <ColorChoice
        value={color.trim().toLowerCase()}
        onChange={(chosen) => setValue("color", chosen, { shouldValidate: true })}
      />
      <Field label="Custom colour" hint="A hex colour, such as #0f766e." error={errors.color?.message}>
        {(described) => (
          <Input autoComplete="off" spellCheck={false} className="max-w-40" {...described} {...register("color")} />
        )}
      </Field>
      <div className="flex flex-wrap justify-end gap-3">
        <DialogClose asChild>
          <Button tone="outline">Cancel</Button>
        </DialogClose>
        <Button type="submit" disabled={isSubmitting}>
          {submit}
        </Button>
      </div>
    </form>
  );
}

function formError(error: unknown, name: string): { field: "name" | "color" | "root"; message: string } {
  if (error instanceof ApiError) {
    if (error.code === "tag_name_taken") {
      return { field: "name", message: `You already have a tag “${name}”.` };
    }
    for (const field of ["name", "color"] as const) {
      const message = error.field(field)?.message;
      if (message) return { field, message };
    }
  }
  const { title, advice } = describeError(error);
  return { field: "root", message: `${title}. ${advice}` };
}
