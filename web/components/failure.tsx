"use client";

import { describe } from "@/lib/describe";
import { Button } from "./ui/button";
import { Notice } from "./ui/notice";

/** An error of the service in words, with a way to go on. */
export function Failure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { title, advice } = describe(error);
  return (
    <Notice title={title}>
      <p>{advice}</p>
      <Button tone="outline" className="mt-2 justify-self-start" onClick={onRetry}>
        Try again
      </Button>
    </Notice>
  );
}
