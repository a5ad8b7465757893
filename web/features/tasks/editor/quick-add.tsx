"use client";

import { Plus } from "lucide-react";
import { useEffect, useState } from "react";
import type { FormEvent, RefObject } from "react";
import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { useService } from "@/lib/service-provider";
import { readUnsavedLine, writeUnsavedLine } from "../data/saved-text";
import { useCreateTask } from "../data/use-create-task";
import { MAX_TITLE } from "../model/task";
import type { Task } from "../model/task";

interface Props {
  input: RefObject<HTMLInputElement | null>;
  onAdded: (task: Task) => void;
  /** Open the full form with the title typed so far. */
  onDetails: (title: string) => void;
}

export function QuickAdd({ input, onAdded, onDetails }: Props) {
  const { user } = useService();
  const [title, setTitle] = useState(() => readUnsavedLine(user.uuid));
  const create = useCreateTask();

  useEffect(() => writeUnsavedLine(user.uuid, title), [user.uuid, title]);

  async function add(text: string) {
    setTitle("");
    try {
      onAdded(await create.mutateAsync({ title: text }));
    } catch {
      setTitle((typed) => typed || text); // create.error is shown below
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    if (title.trim()) void add(title.trim());
    else input.current?.focus();
  }

  function openDetails() {
    onDetails(title.trim());
    setTitle("");
  }

  return (
    <div className="grid gap-3">
      <form onSubmit={submit} className="flex gap-2">
        <div className="relative min-w-0 flex-1">
          <Plus aria-hidden className="pointer-events-none absolute top-1/2 left-4 size-5 -translate-y-1/2 text-accent" />
          <Input
            ref={input}
            value={title}
            onChange={(event) => setTitle(event.target.value)}
            maxLength={MAX_TITLE}
            aria-label="New task"
            placeholder="Add a task"
            autoComplete="off"
            enterKeyHint="done"
            className="min-h-13 rounded-xl pl-12 shadow-raised"
          />
        </div>
        <Button type="submit" size="large" className="min-h-13 rounded-xl px-4 sm:px-6">
          Add
        </Button>
        <Button
          tone="outline"
          size="large"
          className="hidden min-h-13 rounded-xl sm:inline-flex"
          onClick={openDetails}
        >
          Add with details
        </Button>
      </form>
      <button
        type="button"
        onClick={openDetails}
        className="cursor-pointer justify-self-start rounded text-sm font-medium text-accent underline underline-offset-4 sm:hidden"
      >
        Add with details
      </button>
      {create.isError && (
        <ErrorNotice error={create.error} onRetry={() => title.trim() && void add(title.trim())} />
      )}
    </div>
  );
}
