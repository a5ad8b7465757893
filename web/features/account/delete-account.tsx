"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { authClient } from "@/lib/auth-client";
import { attempt, sentence } from "./auth-failure";
import { signInFields } from "./credentials";

const fields = signInFields.pick({ password: true });

export function DeleteAccount() {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button tone="danger" className="justify-self-start">
          Delete the account
        </Button>
      </DialogTrigger>
      <DialogContent
        title="Delete the account?"
        description="All your tasks and tags go with it. Nobody can bring them back."
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
    const failure = await attempt(() => authClient.deleteUser(confirmed));
    if (failure) setError("password", { message: sentence(failure) });
    else window.location.assign("/");
  });

  return (
    <form onSubmit={remove} noValidate className="grid gap-5" method="post">
      <Field label="Your password" error={errors.password?.message}>
        {(control) => (
          <Input type="password" autoComplete="current-password" {...control} {...register("password")} />
        )}
      </Field>
      <div className="flex flex-wrap justify-end gap-3">
        <DialogClose asChild>
          <Button tone="outline">Keep it</Button>
        </DialogClose>
        <Button type="submit" tone="danger" disabled={isSubmitting}>
          Delete it and all tasks
        </Button>
      </div>
    </form>
  );
}
