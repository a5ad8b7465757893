"use client";

import { useId, useState } from "react";
import type { KeyboardEvent } from "react";
import { Failure } from "@/components/failure";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { useCreateTag, useTags } from "@/lib/tags";
import { TagChoices } from "./tag-choices";
import type { TagOfTask } from "./task";

const MAX_NAME = 50;

interface Props {
  chosen: readonly TagOfTask[];
  error: string | undefined;
  onChange: (tags: TagOfTask[]) => void;
}

/** Picks tags, and makes those that are not there yet. */
export function TagPicker({ chosen, error, onChange }: Props) {
  const id = useId();
  const tags = useTags();
  const create = useCreateTag();
  const [name, setName] = useState("");

  const typed = name.trim().toLowerCase();
  const known = [...(tags.data ?? []), ...chosen.filter(({ id }) => !tags.data?.some((tag) => tag.id === id))];
  const found = known.filter((tag) => tag.name.toLowerCase().includes(typed));
  const exact = known.find((tag) => tag.name.toLowerCase() === typed);
  const isChosen = ({ id }: TagOfTask) => chosen.some((tag) => tag.id === id);

  function toggle({ id, name, color }: TagOfTask) {
    const others = chosen.filter((tag) => tag.id !== id);
    onChange(others.length < chosen.length ? others : [...chosen, { id, name, color }]);
  }

  async function make() {
    try {
      const { id, name: made, color } = await create.mutateAsync({ name: name.trim(), color: null });
      setName("");
      onChange([...chosen, { id, name: made, color }]);
    } catch {
      // the mutation keeps why, shown below
    }
  }

  function enter(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    if (!typed) return; // an empty field leaves Enter to the form
    event.preventDefault();
    if (!exact) return void make();
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
          onKeyDown={enter}
          placeholder="Find a tag, or name a new one"
          autoComplete="off"
          aria-describedby={error && `${id}-error`}
        />
        <Button
          tone="outline"
          className="min-h-11"
          disabled={!typed || Boolean(exact) || create.isPending}
          onClick={() => void make()}
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
      {tags.isError && <Failure error={tags.error} onRetry={() => void tags.refetch()} />}
      <TagChoices label="Tags of the task" tags={found} isChosen={isChosen} onToggle={toggle} />
      {create.isError && <Failure error={create.error} onRetry={() => void make()} />}
    </div>
  );
}
