"use client";

import { Trash2 } from "lucide-react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { describeError } from "@/lib/describe-error";
import { taskCount } from "@/lib/task-count";
import type { Tag } from "@/lib/use-tags";
import { useDeleteTag } from "./use-delete-tag";

interface Props {
  tag: Tag;
  /** Called after the tag is removed from the list, together with the focused button. */
  onDeleted: () => void;
}

export function DeleteTag({ tag, onDeleted }: Props) {
  const { mutateAsync, isPending, error, reset } = useDeleteTag(tag.id);
  const description =
    tag.task_count === 0
      ? "No tasks have this tag."
      : `It will be removed from ${taskCount(tag.task_count)}. No tasks will be deleted.`;

  async function remove() {
    try {
      await mutateAsync();
    } catch {
      return; // `error` is shown
    }
    toast(`Tag “${tag.name}” deleted.`);
    onDeleted();
  }

  return (
    <Dialog onOpenChange={reset}>
      <DialogTrigger asChild>
        <Button tone="quiet" size="icon" aria-label={`Delete ${tag.name}`}>
          <Trash2 aria-hidden />
        </Button>
      </DialogTrigger>
      <DialogContent title={`Delete “${tag.name}”?`} description={description}>
        {error && <Notice title={describeError(error).title}>{describeError(error).advice}</Notice>}
        <div className="flex flex-wrap justify-end gap-3">
          <DialogClose asChild>
            <Button tone="outline">Cancel</Button>
          </DialogClose>
          <Button tone="danger" onClick={() => void remove()} disabled={isPending}>
            Delete tag
          </Button>
        </div>
      </DialogContent>
    </Dialog>
  );
}
