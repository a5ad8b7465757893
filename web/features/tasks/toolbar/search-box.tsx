"use client";

import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { KeyboardEvent, RefObject } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { MAX_SEARCH } from "../model/view";

const DELAY_MS = 250;

interface Props {
  input: RefObject<HTMLInputElement | null>;
  search: string;
  onSearch: (search: string) => void;
}

export function SearchBox({ input, search, onSearch }: Props) {
  const [typed, setTyped] = useState(search);
  const [shown, setShown] = useState(search);

  // The URL was changed elsewhere: by the back button, or by clearing the filters.
  if (shown !== search) {
    setShown(search);
    if (typed.trim() !== search) setTyped(search);
  }

  useEffect(() => {
    if (typed.trim() === search) return;
    const timer = setTimeout(() => onSearch(typed.trim()), DELAY_MS);
    return () => clearTimeout(timer);
    // Only typing starts the timer: after a change of the URL, the old search must not be sent again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [typed]);

  function clear() {
    setTyped("");
    onSearch("");
    input.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Enter") onSearch(typed.trim());
    if (event.key !== "Escape") return;
    if (typed) clear();
    else input.current?.blur();
  }

  return (
    <div role="search" className="relative min-w-0 flex-1">
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
      <Input
        ref={input}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={onKeyDown}
        maxLength={MAX_SEARCH}
        aria-label="Search tasks"
        placeholder="Search"
        autoComplete="off"
        enterKeyHint="search"
        className="min-h-10 pr-10 pl-9 text-sm"
      />
      {typed && (
        <Button
          tone="quiet"
          size="icon"
          onClick={clear}
          aria-label="Clear search"
          className="absolute top-0 right-0 text-muted"
        >
          <X aria-hidden />
        </Button>
      )}
    </div>
  );
}
