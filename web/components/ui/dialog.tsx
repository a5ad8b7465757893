"use client";

import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useRef } from "react";
import type { ReactNode } from "react";
import { Button } from "./button";

export const Dialog = Radix.Root;
export const DialogTrigger = Radix.Trigger;
export const DialogClose = Radix.Close;

interface Props {
  title: string;
  description: string;
  children: ReactNode;
}

export function DialogContent({ title, description, children }: Props) {
  const opener = useRef<Element | null>(null);

  // Radix returns the focus only to its own trigger, and not every dialog has one.
  function returnFocus(event: Event) {
    if (!(opener.current instanceof HTMLElement) || !opener.current.isConnected) return;
    event.preventDefault();
    opener.current.focus();
  }

  return (
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-40 bg-veil" />
      <Radix.Content
        onOpenAutoFocus={() => (opener.current = findOpener())}
        onCloseAutoFocus={returnFocus}
        className="floating fixed top-1/2 left-1/2 z-50 grid max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 gap-5 overflow-y-auto rounded-2xl p-5 sm:p-7"
      >
        <header className="grid gap-1.5 pr-10">
          <Radix.Title className="text-xl wrap-anywhere">{title}</Radix.Title>
          <Radix.Description className="text-sm text-muted">{description}</Radix.Description>
        </header>
        {children}
        <Radix.Close asChild>
          <Button tone="quiet" size="icon" aria-label="Close" className="absolute top-3 right-3">
            <X aria-hidden />
          </Button>
        </Radix.Close>
      </Radix.Content>
    </Radix.Portal>
  );
}

// A menu item is removed when it is selected, so use the button that opened the menu.
function findOpener(): Element | null {
  const trigger = document.activeElement?.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return trigger ? document.getElementById(trigger) : document.activeElement;
}
