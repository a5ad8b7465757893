import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignUpForm } from "@/features/account/sign-up-form";
import { nextPath } from "@/lib/paths";
import { signedInUser } from "@/lib/session";
import { AccountCard } from "../account-card";

export const metadata: Metadata = { title: "Sign up" };

export default async function SignUpPage({ searchParams }: PageProps<"/sign-up">) {
  const next = nextPath((await searchParams).next);
  if (await signedInUser()) redirect(next);
  const other = { href: `/sign-in?next=${encodeURIComponent(next)}`, label: "Sign in" };
  return (
    <AccountCard title="Sign up" question="Already have an account?" other={other}>
      <SignUpForm next={next} />
    </AccountCard>
  );
}
