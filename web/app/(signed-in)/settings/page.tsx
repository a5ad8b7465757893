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
        <Setting title="Profile" text="How you are greeted here. Nobody else sees it.">
          <NameForm name={name} />
        </Setting>
        <Setting
          title="Sessions"
          text="Ends your sessions on all devices, this one too. Pages that are open elsewhere may go on for some minutes."
        >
          <SignOutEverywhere />
        </Setting>
        <Setting title="Account" text="Deletes the account with all its tasks and tags, for good.">
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
