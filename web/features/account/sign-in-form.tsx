"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import Link from "next/link";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { authClient } from "@/lib/auth-client";
import { authError, authErrorMessage } from "./auth-error";
import { signInFields } from "./credentials";

export function SignInForm({ next }: { next: string }) {
  const { register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(signInFields),
    defaultValues: { email: "", password: "" },
  });
  const { errors, isSubmitting, isSubmitSuccessful } = formState;

  const signIn = handleSubmit(async (fields) => {
    const failure = await authError(() => authClient.signIn.email(fields));
    if (failure) setError("root", { message: authErrorMessage(failure) });
    // A full page load, so that no data of a previous user stays in memory.
    else window.location.assign(next);
  });

  return (
    <form onSubmit={signIn} noValidate className="grid gap-5" method="post">
      {errors.root?.message && <Notice title={errors.root.message} />}
      <Field label="E-mail" error={errors.email?.message}>
        {(control) => <Input type="email" autoComplete="email" {...control} {...register("email")} />}
      </Field>
      <Field label="Password" error={errors.password?.message}>
        {(control) => (
          <Input type="password" autoComplete="current-password" {...control} {...register("password")} />
        )}
      </Field>
      <Link href="/forgot-password" className="justify-self-start text-sm text-accent underline underline-offset-4">
        Forgot your password?
      </Link>
      <Button type="submit" size="large" disabled={isSubmitting || isSubmitSuccessful}>
        {isSubmitting || isSubmitSuccessful ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  );
}
