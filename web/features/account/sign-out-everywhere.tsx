"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { authClient } from "@/lib/auth-client";
import { attempt, sentence } from "./auth-failure";

export function SignOutEverywhere() {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();

  async function signOut() {
    setBusy(true);
    const failure = await attempt(() => authClient.revokeSessions());
    setBusy(false);
    if (failure) setFault(sentence(failure));
    else window.location.assign("/sign-in");
  }

  return (
    <div className="grid gap-4">
      {fault && <Notice title={fault} />}
      <Button tone="outline" onClick={signOut} disabled={busy} className="justify-self-start">
        Sign out everywhere
      </Button>
    </div>
  );
}
