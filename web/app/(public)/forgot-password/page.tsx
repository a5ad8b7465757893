import type { Metadata } from "next";
import { ForgotPasswordForm } from "@/features/account/forgot-password-form";
import { AccountCard } from "../account-card";

export const metadata: Metadata = { title: "Forgot password" };

export default function ForgotPasswordPage() {
  return (
    <AccountCard
      title="Forgot your password?"
      question="Do you know it after all?"
      other={{ href: "/sign-in", label: "Sign in" }}
    >
      <ForgotPasswordForm />
    </AccountCard>
  );
}
