"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { authClient } from "@/lib/auth-client";
import { authError, authErrorMessage } from "./auth-error";
import { signUpFields } from "./credentials";
import { leave } from "./leave";

const fields = signUpFields.pick({ password: true });

export function ResetPasswordForm({ token }: { token: string }) {
  const { register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(fields),
    defaultValues: { password: "" },
  });
  const { errors, isSubmitting, isSubmitSuccessful } = formState;

  const save = handleSubmit(async ({ password }) => {
    const failure = await authError(() => authClient.resetPassword({ newPassword: password, token }));
    if (failure) setError("root", { message: authErrorMessage(failure) });
    else leave("/sign-in"); // the reset has ended all sessions
  });

  return (
    <form onSubmit={save} noValidate className="grid gap-5" method="post">
      {errors.root?.message && <Notice title={errors.root.message} />}
      <Field label="New password" hint="At least 8 characters." error={errors.password?.message}>
        {(control) => (
          <Input type="password" autoComplete="new-password" {...control} {...register("password")} />
        )}
      </Field>
      <Button type="submit" size="large" disabled={isSubmitting || isSubmitSuccessful}>
        Save password
      </Button>
    </form>
  );
}
