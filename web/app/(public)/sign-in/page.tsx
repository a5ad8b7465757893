import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignInForm } from "@/features/account/sign-in-form";
import { nextPath } from "@/lib/paths";
import { signedInUser } from "@/lib/session";
import { AccountCard } from "../account-card";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: PageProps<"/sign-in">) {
  const next = nextPath((await searchParams).next);
  if (await signedInUser()) redirect(next);
  const other = { href: `/sign-up?next=${encodeURIComponent(next)}`, label: "Sign up" };
  return (
    <AccountCard title="Sign in" question="New here?" other={other}>
      <SignInForm next={next} />
    </AccountCard>
  );
}
