"use client";

import { MessagePage } from "@/components/message-page";
import { Button } from "@/components/ui/button";

export default function ErrorPage({ reset }: { reset: () => void }) {
  return (
    <MessagePage title="This page did not load" text="The fault is on our side. Your tasks are not touched.">
      <Button onClick={reset}>Try again</Button>
      <Button tone="outline" onClick={() => window.location.assign("/")}>
        Go to the start
      </Button>
    </MessagePage>
  );
}
