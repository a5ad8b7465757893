"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { authClient } from "@/lib/auth-client";
import { authError, authErrorMessage } from "./auth-error";

/** A session as the page of settings shows it. */
export interface SessionRow {
  token: string;
  device: string;
  /** The date of the sign-in, such as "25 November 2026". */
  since: string;
  isCurrent: boolean;
}

export function SessionList({ sessions }: { sessions: SessionRow[] }) {
  return (
    <ul className="divide-y divide-line">
      {sessions.map((session) => (
        <li key={session.token} className="flex items-center justify-between gap-4 py-3 first:pt-0">
          <div>
            <p className="font-medium">{session.device}</p>
            <p className="text-sm text-muted">
              {session.isCurrent ? "This device" : `Signed in on ${session.since}`}
            </p>
          </div>
          {!session.isCurrent && <EndSession {...session} />}
        </li>
      ))}
    </ul>
  );
}

function EndSession({ token, device, since }: SessionRow) {
  const router = useRouter();
  const [isBusy, setBusy] = useState(false);

  async function end() {
    setBusy(true);
    const failure = await authError(() => authClient.revokeSession({ token }));
    setBusy(false);
    if (failure) toast(authErrorMessage(failure));
    else router.refresh();
  }

  return (
    <Button tone="outline" onClick={end} disabled={isBusy} aria-label={`Sign out ${device}, signed in on ${since}`}>
      Sign out
    </Button>
  );
}
