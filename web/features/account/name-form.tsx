"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { authClient } from "@/lib/auth-client";
import { z } from "@/lib/zod";
import { authError, authErrorMessage } from "./auth-error";
import { name } from "./credentials";

const fields = z.object({ name });

export function NameForm({ name: current }: { name: string }) {
  const router = useRouter();
  const { register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(fields),
    values: { name: current },
  });
  const { errors, isSubmitting, isDirty } = formState;

  const save = handleSubmit(async (changed) => {
    const failure = await authError(() => authClient.updateUser(changed));
    if (failure) return setError("name", { message: authErrorMessage(failure) });
    toast("Name saved.");
    router.refresh();
  });

  return (
    <form onSubmit={save} noValidate className="grid gap-4" method="post">
      <Field label="Name" error={errors.name?.message}>
        {(control) => <Input autoComplete="name" {...control} {...register("name")} />}
      </Field>
      <Button type="submit" disabled={isSubmitting || !isDirty} className="justify-self-start">
        Save name
      </Button>
    </form>
  );
}
