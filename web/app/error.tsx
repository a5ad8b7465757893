"use client";

import { MessagePage } from "@/components/message-page";
import { Button } from "@/components/ui/button";

export default function ErrorPage({ reset }: { reset: () => void }) {
  return (
    <MessagePage title="This page could not be loaded" text="Something went wrong on our side. Your tasks are not affected.">
      <Button onClick={reset}>Try again</Button>
      <Button tone="outline" onClick={() => window.location.assign("/")}>
        Go to the home page
      </Button>
    </MessagePage>
  );
}
