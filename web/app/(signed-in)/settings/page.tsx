import type { Metadata } from "next";
import type { ReactNode } from "react";
import { PageHeading } from "@/components/page-heading";
import { Card } from "@/components/ui/card";
import { DeleteAccount } from "@/features/account/delete-account";
import { NameForm } from "@/features/account/name-form";
import { SignOutEverywhere } from "@/features/account/sign-out-everywhere";
import { describeDevice } from "@/features/account/describe-device";
import { PasswordForm } from "@/features/account/password-form";
import { SessionList } from "@/features/account/session-list";
import { requireUser, userSessions } from "@/lib/session";

export const metadata: Metadata = { title: "Settings" };

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

export default async function SettingsPage() {
  const { name, email } = await requireUser("/settings");
  const sessions = (await userSessions()).map(({ userAgent, createdAt, ...session }) => ({
    ...session,
    device: describeDevice(userAgent),
    since: DAY.format(createdAt),
  }));
  return (
    <>
      <PageHeading title="Settings">Signed in as {email}.</PageHeading>
      <div className="grid gap-5">
        <Setting title="Profile" text="Your name in this app. Only you can see it.">
          <NameForm name={name} />
        </Setting>
        <Setting title="Password" text="If you change it, all other devices are signed out.">
          <PasswordForm />
        </Setting>
        <Setting
          title="Sessions"
          text="The devices on which you are signed in. Pages that are open elsewhere may keep working for some minutes."
        >
          <div className="grid gap-4">
            <SessionList sessions={sessions} />
            <SignOutEverywhere />
          </div>
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
