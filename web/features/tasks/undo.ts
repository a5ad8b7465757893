"use client";

import { useCallback, useRef } from "react";
import type { MouseEvent } from "react";
import { toast } from "sonner";

const OFFER_MS = 8_000;

interface Offer {
  undo: () => void;
  /** Called once if the offer goes by unused. */
  passed?: () => void;
}

/** Offers to undo what was just done: by a button, and by a key for the last of them. */
export function useUndo() {
  const last = useRef<(() => void) | null>(null);

  const offer = useCallback((message: string, { undo, passed }: Offer) => {
    let open = true;
    const close = (then?: () => void) => {
      if (!open) return;
      open = false;
      if (last.current === undoIt) last.current = null;
      then?.();
      toast.dismiss(id);
    };
    const undoIt = () => close(undo);
    const pass = () => close(passed);
    // Else the toast gives the focus back as it fades, when somebody may be elsewhere already.
    const press = ({ currentTarget }: MouseEvent<HTMLButtonElement>) => {
      currentTarget.blur();
      undoIt();
    };
    const id = toast(message, {
      duration: OFFER_MS,
      action: { label: "Undo", onClick: press },
      onAutoClose: pass,
      onDismiss: pass,
    });
    last.current = undoIt;
    return pass;
  }, []);

  const undoLast = useCallback(() => last.current?.(), []);
  return { offer, undoLast };
}

export type OfferUndo = ReturnType<typeof useUndo>["offer"];
