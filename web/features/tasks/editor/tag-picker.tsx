"use client";

import { useId, useState } from "react";
import type { KeyboardEvent } from "react";
import { ErrorNotice } from "@/components/error-notice";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { useCreateTag, useTags } from "@/lib/use-tags";
import type { TagOfTask } from "../model/task";
import { TagChoices } from "../parts/tag-choices";

const MAX_NAME = 50;

interface Props {
  chosen: readonly TagOfTask[];
  error: string | undefined;
  onChange: (tags: TagOfTask[]) => void;
}

/** Choose existing tags, or create new ones. */
export function TagPicker({ chosen, error, onChange }: Props) {
  const id = useId();
  const tags = useTags();
  const create = useCreateTag();
  const [name, setName] = useState("");

  const typed = name.trim().toLowerCase();
  // A chosen tag is missing in `tags.data` until the query has loaded it.
  const all = [...(tags.data ?? []), ...chosen.filter(({ id }) => !tags.data?.some((tag) => tag.id === id))];
  const found = all.filter((tag) => tag.name.toLowerCase().includes(typed));
  const exact = all.find((tag) => tag.name.toLowerCase() === typed);
  const isChosen = ({ id }: TagOfTask) => chosen.some((tag) => tag.id === id);

  function toggle({ id, name, color }: TagOfTask) {
    const others = chosen.filter((tag) => tag.id !== id);
    onChange(others.length < chosen.length ? others : [...chosen, { id, name, color }]);
  }

  async function createTag() {
    try {
      const { id, name: created, color } = await create.mutateAsync({ name: name.trim(), color: null });
      setName("");
      onChange([...chosen, { id, name: created, color }]);
    } catch {
      // create.error is shown below
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    if (!typed) return; // Enter in an empty field submits the form
    event.preventDefault();
    if (!exact) return void createTag();
    if (!isChosen(exact)) toggle(exact);
    setName("");
  }

  return (
    <div className="grid gap-2.5">
      <label htmlFor={id} className="text-sm font-medium">
        Tags
      </label>
      <div className="flex gap-2">
        <Input
          id={id}
          value={name}
          maxLength={MAX_NAME}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder="Find or create a tag"
          autoComplete="off"
          aria-describedby={error && `${id}-error`}
        />
        <Button
          tone="outline"
          className="min-h-11"
          disabled={!typed || Boolean(exact) || create.isPending}
          onClick={() => void createTag()}
        >
          Create
        </Button>
      </div>
      {error && (
        <p id={`${id}-error`} className="text-sm text-danger">
          {error}
        </p>
      )}
      {tags.isPending && <Skeleton className="h-8 w-2/3" />}
      {tags.isError && <ErrorNotice error={tags.error} onRetry={() => void tags.refetch()} />}
      <TagChoices label="Tags of the task" tags={found} isChosen={isChosen} onToggle={toggle} />
      {create.isError && <ErrorNotice error={create.error} onRetry={() => void createTag()} />}
    </div>
  );
}
