"use client";

import { MessageCircle } from "lucide-react";
import { Button } from "@/components/ui/button";
import { useAssistant } from "@/lib/assistant";
import { useShortcuts } from "@/lib/use-shortcuts";

/** The button of the page's header that opens and closes the assistant. */
export function AssistantButton() {
  const { isOpen, open, close } = useAssistant();
  useShortcuts({ a: () => open() });
  return (
    <Button
      tone="quiet"
      className="px-2.5"
      aria-label="Assistant"
      aria-expanded={isOpen}
      aria-controls="assistant"
      onClick={() => (isOpen ? close() : open())}
    >
      <MessageCircle aria-hidden />
      <span className="hidden md:inline">Assistant</span>
    </Button>
  );
}
