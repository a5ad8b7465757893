"use client";

import { useState } from "react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { describeError } from "@/lib/describe-error";
import { useDeleteForEver } from "./use-trash";

interface Props {
  /** The id of a task in the trash, or "all". */
  what: string;
  title: string;
  action: string;
  /** Called after the deletion, when the button that opened the dialog may be gone. */
  onDeleted: () => void;
  /** The button that opens the dialog. */
  children: ReactNode;
}

/** Ask before tasks are deleted for ever. */
export function ConfirmDeletion({ what, title, action, onDeleted, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const { mutateAsync, isPending, error, reset } = useDeleteForEver();

  function change(open: boolean) {
    reset();
    setOpen(open);
  }

  async function remove() {
    try {
      await mutateAsync(what);
    } catch {
      return; // `error` is shown
    }
    setOpen(false);
    onDeleted();
  }

  return (
    <Dialog open={isOpen} onOpenChange={change}>
      <DialogTrigger asChild>{children}</DialogTrigger>
      <DialogContent title={title} description="This can’t be undone.">
        {error && <Notice title={describeError(error).title}>{describeError(error).advice}</Notice>}
        <div className="flex flex-wrap justify-end gap-3">
          <DialogClose asChild>
            <Button tone="outline">Cancel</Button>
          </DialogClose>
          <Button tone="danger" onClick={() => void remove()} disabled={isPending}>
            {action}
          </Button>
        </div>
      </DialogContent>
    </Dialog>
  );
}
