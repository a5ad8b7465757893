"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { authClient } from "@/lib/auth-client";
import { authError, authErrorMessage } from "./auth-error";
import { signInFields } from "./credentials";

const fields = signInFields.pick({ email: true });

export function ForgotPasswordForm() {
  const [sentTo, setSentTo] = useState<string>();
  const { register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(fields),
    defaultValues: { email: "" },
  });
  const { errors, isSubmitting } = formState;

  const send = handleSubmit(async ({ email }) => {
    const failure = await authError(() => authClient.requestPasswordReset({ email }));
    if (failure) setError("root", { message: authErrorMessage(failure) });
    else setSentTo(email);
  });

  if (sentTo) {
    return (
      <p role="status">
        If there is an account for {sentTo}, a message with a link is on its way. The link works for one hour. If no
        message arrives, contact the operator of this site.
      </p>
    );
  }
  return (
    <form onSubmit={send} noValidate className="grid gap-5" method="post">
      {errors.root?.message && <Notice title={errors.root.message} />}
      <Field label="E-mail" error={errors.email?.message}>
        {(control) => <Input type="email" autoComplete="email" {...control} {...register("email")} />}
      </Field>
      <Button type="submit" size="large" disabled={isSubmitting}>
        Send a link
      </Button>
    </form>
  );
}
