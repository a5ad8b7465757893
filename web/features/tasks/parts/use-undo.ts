"use client";

import { useCallback, useRef } from "react";
import type { MouseEvent } from "react";
import { toast } from "sonner";

const OFFER_MS = 8_000;

interface Offer {
  undo: () => void;
  /** Called once if the offer expires without an undo. */
  onExpired?: () => void;
}

/** Offer to undo an action: with a button, and with a shortcut for the last action. */
export function useUndo() {
  const last = useRef<(() => void) | null>(null);

  const offer = useCallback((message: string, { undo, onExpired }: Offer) => {
    let open = true;
    const close = (then?: () => void) => {
      if (!open) return;
      open = false;
      if (last.current === undoIt) last.current = null;
      then?.();
      toast.dismiss(id);
    };
    const undoIt = () => close(undo);
    const expire = () => close(onExpired);
    // Otherwise the toast returns the focus when it disappears, although the user may have moved on.
    const press = ({ currentTarget }: MouseEvent<HTMLButtonElement>) => {
      currentTarget.blur();
      undoIt();
    };
    const id = toast(message, {
      duration: OFFER_MS,
      action: { label: "Undo", onClick: press },
      onAutoClose: expire,
      onDismiss: expire,
    });
    last.current = undoIt;
    return expire;
  }, []);

  const undoLast = useCallback(() => last.current?.(), []);
  return { offer, undoLast };
}

export type OfferUndo = ReturnType<typeof useUndo>["offer"];
