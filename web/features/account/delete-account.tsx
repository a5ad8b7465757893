"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { authClient } from "@/lib/auth-client";
import { authError, authErrorMessage } from "./auth-error";
import { signInFields } from "./credentials";
import { leave } from "./leave";

const fields = signInFields.pick({ password: true });

export function DeleteAccount() {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button tone="danger" className="justify-self-start">
          Delete account
        </Button>
      </DialogTrigger>
      <DialogContent
        title="Delete your account?"
        description="All your tasks and tags will be deleted too. You can't undo this."
      >
        <PasswordForm />
      </DialogContent>
    </Dialog>
  );
}

function PasswordForm() {
  const { register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(fields),
    defaultValues: { password: "" },
  });
  const { errors, isSubmitting } = formState;

  const remove = handleSubmit(async (confirmed) => {
    const failure = await authError(() => authClient.deleteUser(confirmed));
    if (failure) setError("password", { message: authErrorMessage(failure) });
    else leave("/");
  });

  return (
    <form onSubmit={remove} noValidate className="grid gap-5" method="post">
      <Field label="Password" error={errors.password?.message}>
        {(control) => (
          <Input type="password" autoComplete="current-password" {...control} {...register("password")} />
        )}
      </Field>
      <div className="flex flex-wrap justify-end gap-3">
        <DialogClose asChild>
          <Button tone="outline">Cancel</Button>
        </DialogClose>
        <Button type="submit" tone="danger" disabled={isSubmitting}>
          Delete account and tasks
        </Button>
      </div>
    </form>
  );
}
