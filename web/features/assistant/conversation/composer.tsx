"use client";

import { ArrowUp, Square } from "lucide-react";
import type { FormEvent, KeyboardEvent, RefObject } from "react";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/textarea";

// The limit of the service.
const MAX_MESSAGE = 4000;

interface Props {
  field: RefObject<HTMLTextAreaElement | null>;
  draft: string;
  isRunning: boolean;
  onChange: (draft: string) => void;
  onSend: () => void;
  onStop: () => void;
}

/** The field for the next message. Enter sends it; Shift and Enter begin a new line. */
export function Composer({ field, draft, isRunning, onChange, onSend, onStop }: Props) {
  function submit(event: FormEvent) {
    event.preventDefault();
    onSend();
    field.current?.focus();
  }

  function press(event: KeyboardEvent) {
    // While an input method composes a word, Enter accepts the word.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (!isRunning) onSend();
  }

  return (
    <form onSubmit={submit} className="flex items-end gap-2 border-t border-line p-3">
      <Textarea
        ref={field}
        rows={1}
        value={draft}
        maxLength={MAX_MESSAGE}
        aria-label="Message to the assistant"
        placeholder="Ask, or add a task"
        enterKeyHint="send"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={press}
        className="field-sizing-content max-h-40 min-h-11 resize-none py-2"
      />
      {isRunning ? (
        // With a key: the same element as a submit button would send the form with the click that stops.
        <Button key="stop" tone="outline" size="icon" className="size-11 shrink-0" aria-label="Stop" onClick={onStop}>
          <Square aria-hidden />
        </Button>
      ) : (
        <Button key="send" type="submit" size="icon" className="size-11 shrink-0" aria-label="Send">
          <ArrowUp aria-hidden />
        </Button>
      )}
    </form>
  );
}
