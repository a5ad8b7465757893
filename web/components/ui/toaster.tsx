"use client";

import { Toaster as Sonner } from "sonner";

export function Toaster() {
  return (
    <Sonner
      position="bottom-center"
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-center gap-3 rounded-xl bg-ink px-4 py-3 text-sm text-paper shadow-floating",
          actionButton: "ml-auto shrink-0 cursor-pointer whitespace-nowrap font-semibold underline underline-offset-4",
        },
      }}
    />
  );
}
