"use client";

import { describeError } from "@/lib/describe-error";
import { Button } from "./ui/button";
import { Notice } from "./ui/notice";

/** An error message with a button to retry. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { title, advice } = describeError(error);
  return (
    <Notice title={title}>
      <p>{advice}</p>
      <Button tone="outline" className="mt-2 justify-self-start" onClick={onRetry}>
        Try again
      </Button>
    </Notice>
  );
}
