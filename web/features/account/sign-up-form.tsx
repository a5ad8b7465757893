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

export function SignUpForm({ next }: { next: string }) {
  const { register, handleSubmit, setError, formState } = useForm({
    resolver: zodResolver(signUpFields),
    defaultValues: { name: "", email: "", password: "" },
  });
  const { errors, isSubmitting, isSubmitSuccessful } = formState;

  const signUp = handleSubmit(async (fields) => {
    const failure = await authError(() => authClient.signUp.email(fields));
    if (failure) setError("root", { message: authErrorMessage(failure) });
    // A full page load, so that no data of a previous user stays in memory.
    else window.location.assign(next);
  });

  return (
    <form onSubmit={signUp} noValidate className="grid gap-5" method="post">
      {errors.root?.message && <Notice title={errors.root.message} />}
      <Field label="Name" error={errors.name?.message}>
        {(control) => <Input autoComplete="name" {...control} {...register("name")} />}
      </Field>
      <Field label="E-mail" error={errors.email?.message}>
        {(control) => <Input type="email" autoComplete="email" {...control} {...register("email")} />}
      </Field>
      <Field label="Password" hint="At least 8 characters." error={errors.password?.message}>
        {(control) => (
          <Input type="password" autoComplete="new-password" {...control} {...register("password")} />
        )}
      </Field>
      <Button type="submit" size="large" disabled={isSubmitting || isSubmitSuccessful}>
        {isSubmitting || isSubmitSuccessful ? "Creating your account…" : "Sign up"}
      </Button>
    </form>
  );
}
