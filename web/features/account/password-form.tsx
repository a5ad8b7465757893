"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { authClient } from "@/lib/auth-client";
import { z } from "@/lib/zod";
import { authError, authErrorMessage } from "./auth-error";
import { signInFields, signUpFields } from "./credentials";

const fields = z.object({
  currentPassword: signInFields.shape.password,
  newPassword: signUpFields.shape.password,
});

/** Change the password. All other sessions end. */
export function PasswordForm() {
  const { register, handleSubmit, setError, reset, formState } = useForm({
    resolver: zodResolver(fields),
    defaultValues: { currentPassword: "", newPassword: "" },
  });
  const { errors, isSubmitting, isDirty } = formState;

  const save = handleSubmit(async (passwords) => {
    const failure = await authError(() =>
      authClient.changePassword({ ...passwords, revokeOtherSessions: true }),
    );
    if (failure) {
      const field = failure.code === "INVALID_PASSWORD" ? "currentPassword" : "newPassword";
      return setError(field, { message: authErrorMessage(failure) });
    }
    reset();
    toast("Password changed. All other devices are signed out.");
  });

  return (
    <form onSubmit={save} noValidate className="grid gap-4" method="post">
      <Field label="Current password" error={errors.currentPassword?.message}>
        {(control) => (
          <Input type="password" autoComplete="current-password" {...control} {...register("currentPassword")} />
        )}
      </Field>
      <Field label="New password" hint="At least 8 characters." error={errors.newPassword?.message}>
        {(control) => (
          <Input type="password" autoComplete="new-password" {...control} {...register("newPassword")} />
        )}
      </Field>
      <Button type="submit" disabled={isSubmitting || !isDirty} className="justify-self-start">
        Change password
      </Button>
    </form>
  );
}
