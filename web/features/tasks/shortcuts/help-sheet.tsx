"use client";

import { Dialog, DialogContent } from "@/components/ui/dialog";
import { SHORTCUTS } from "@/lib/use-shortcuts";

const KEY_NAMES: Record<string, string> = { Escape: "Esc" };

export function HelpSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onOpenChange={onClose}>
      <DialogContent title="Keyboard shortcuts" description="Shortcuts are off while you type.">
        <dl className="grid divide-y divide-line">
          {Object.entries(SHORTCUTS).map(([key, meaning]) => (
            <div key={key} className="flex items-center justify-between gap-4 py-2.5">
              <dt>
                <kbd className="inline-grid min-w-8 place-items-center rounded-md border border-control bg-sunken px-2 py-1 text-sm font-semibold">
                  {KEY_NAMES[key] ?? key}
                </kbd>
              </dt>
              <dd className="flex-1 text-sm">{meaning}</dd>
            </div>
          ))}
        </dl>
      </DialogContent>
    </Dialog>
  );
}
