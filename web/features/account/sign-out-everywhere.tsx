"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { authClient } from "@/lib/auth-client";
import { authError, authErrorMessage } from "./auth-error";
import { leave } from "./leave";

export function SignOutEverywhere() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();

  async function signOut() {
    setBusy(true);
    const failure = await authError(() => authClient.revokeSessions());
    setBusy(false);
    if (failure) setError(authErrorMessage(failure));
    else leave("/sign-in");
  }

  return (
    <div className="grid gap-4">
      {error && <Notice title={error} />}
      <Button tone="outline" onClick={signOut} disabled={busy} className="justify-self-start">
        Sign out everywhere
      </Button>
    </div>
  );
}
