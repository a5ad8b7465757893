import type { Metadata } from "next";
import type { ReactNode } from "react";
import { PageHeading } from "@/components/page-heading";
import { Card } from "@/components/ui/card";
import { DeleteAccount } from "@/features/account/delete-account";
import { NameForm } from "@/features/account/name-form";
import { SignOutEverywhere } from "@/features/account/sign-out-everywhere";
import { requireUser } from "@/lib/session";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const { name, email } = await requireUser("/settings");
  return (
    <>
      <PageHeading title="Settings">Signed in as {email}.</PageHeading>
      <div className="grid gap-5">
        <Setting title="Profile" text="Your name in this app. Only you can see it.">
          <NameForm name={name} />
        </Setting>
        <Setting
          title="Sessions"
          text="Sign out on all devices, including this one. Pages that are open elsewhere may keep working for some minutes."
        >
          <SignOutEverywhere />
        </Setting>
        <Setting title="Account" text="Delete your account with all its tasks and tags. You can't undo this.">
          <DeleteAccount />
        </Setting>
      </div>
    </>
  );
}

function Setting({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Card className="grid items-start gap-5 md:grid-cols-[1fr_1.4fr] md:gap-10">
      <div className="grid content-start gap-1.5">
        <h2 className="text-xl">{title}</h2>
        <p className="text-sm text-muted">{text}</p>
      </div>
      {children}
    </Card>
  );
}
