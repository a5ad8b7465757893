"use client";

import { describeError } from "@/lib/describe-error";
import { Button } from "./ui/button";
import { Notice } from "./ui/notice";

/** An error of the service in words, with a way to go on. */
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
