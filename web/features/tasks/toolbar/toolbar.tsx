"use client";

import { Keyboard, ListChecks, Undo2 } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { Button } from "@/components/ui/button";
import type { ShowView, View } from "../model/view";
import { FilterChips } from "./filter-chips";
import { FilterMenu } from "./filter-menu";
import { SearchBox } from "./search-box";
import { SortChoice } from "./sort-choice";
import { StatusChoice } from "./status-choice";

interface Props {
  view: View;
  show: ShowView;
  search: RefObject<HTMLInputElement | null>;
  selecting: boolean;
  onSelect: () => void;
  onUndo: () => void;
  onHelp: () => void;
  /** More buttons, chosen by the page. */
  tools: ReactNode;
}

export function Toolbar({ view, show, search, selecting, onSelect, onUndo, onHelp, tools }: Props) {
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <div className="flex w-full gap-2 lg:w-auto lg:flex-1">
          <SearchBox
            input={search}
            search={view.search}
            // The back button leaves the search: only its first letter adds a history entry.
            onSearch={(words) => show({ ...view, search: words }, { replace: view.search !== "" && words !== "" })}
          />
          <FilterMenu view={view} onChange={show} />
        </div>
        <div className="w-full md:w-auto">
          <StatusChoice status={view.status} onChoose={(status) => show({ ...view, status })} />
        </div>
        <SortChoice view={view} onChange={show} />
        <div className="ml-auto flex items-center gap-1">
          <Button tone="quiet" aria-pressed={selecting} onClick={onSelect} className="px-3 aria-pressed:bg-tint">
            <ListChecks aria-hidden />
            Select
          </Button>
          <Button
            tone="quiet"
            size="icon"
            aria-label="Undo the last action"
            title="Undo the last action"
            onClick={onUndo}
          >
            <Undo2 aria-hidden />
          </Button>
          {tools}
          <Button
            tone="quiet"
            size="icon"
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts"
            className="hidden sm:inline-flex"
            onClick={onHelp}
          >
            <Keyboard aria-hidden />
          </Button>
        </div>
      </div>
      <FilterChips view={view} onChange={show} />
    </div>
  );
}
