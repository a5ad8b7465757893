import type { Metadata } from "next";
import { ResetPasswordForm } from "@/features/account/reset-password-form";
import { AccountCard } from "../account-card";

export const metadata: Metadata = { title: "Choose a new password", referrer: "no-referrer" };

export default async function ResetPasswordPage({ searchParams }: PageProps<"/reset-password">) {
  const { token } = await searchParams;
  return (
    <AccountCard
      title="Choose a new password"
      question="Does the link not work?"
      other={{ href: "/forgot-password", label: "Request another link" }}
    >
      <ResetPasswordForm token={typeof token === "string" ? token : ""} />
    </AccountCard>
  );
}
