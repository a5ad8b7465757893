"use client";

import { Pencil } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import type { Tag, TagFields } from "@/lib/use-tags";
import { TagForm } from "./tag-form";
import { useChangeTag } from "./use-change-tag";

export function EditTag({ tag }: { tag: Tag }) {
  const [open, setOpen] = useState(false);
  const change = useChangeTag(tag.id);

  async function save(fields: TagFields) {
    await change.mutateAsync(fields);
    setOpen(false);
  }

  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button tone="quiet" size="icon" aria-label={`Edit ${tag.name}`}>
          <Pencil aria-hidden />
        </Button>
      </DialogTrigger>
      <DialogContent title="Edit tag" description="All tasks with this tag show the new name and colour.">
        <TagForm initial={{ name: tag.name, color: tag.color ?? "" }} submit="Save tag" save={save} />
      </DialogContent>
    </Dialog>
  );
}
