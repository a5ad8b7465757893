"use client";

import { Plus } from "lucide-react";
import { useState } from "react";
import type { Ref } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogTrigger } from "@/components/ui/dialog";
import { useCreateTag } from "@/lib/use-tags";
import type { TagFields } from "@/lib/use-tags";
import { TagForm } from "./tag-form";

export function NewTag({ ref }: { ref?: Ref<HTMLButtonElement> }) {
  const [open, setOpen] = useState(false);
  const create = useCreateTag();

  async function save(fields: TagFields) {
    const { name } = await create.mutateAsync(fields);
    setOpen(false);
    toast(`Tag “${name}” created.`);
  }

  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button ref={ref} className="justify-self-start">
          <Plus aria-hidden />
          New tag
        </Button>
      </DialogTrigger>
      <DialogContent title="New tag" description="Enter a name and choose a colour.">
        <TagForm initial={{ name: "", color: "" }} submit="Create tag" save={save} />
      </DialogContent>
    </Dialog>
  );
}
