"use client";

import { ArrowDown, ArrowUp, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuLine, MenuTrigger } from "@/components/ui/menu";
import type { Task } from "../model/task";

interface Props {
  task: Task;
  onEdit: () => void;
  onRemove: () => void;
  /** Undefined if the task can't be moved in that direction. */
  onUp?: (() => void) | undefined;
  onDown?: (() => void) | undefined;
}

export function RowMenu({ task, onEdit, onRemove, onUp, onDown }: Props) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button tone="quiet" size="icon" className="-my-2 shrink-0 text-muted" aria-label={`Actions for “${task.title}”`}>
          <Ellipsis aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuItem onSelect={onEdit}>
          <Pencil aria-hidden />
          Edit
        </MenuItem>
        {onUp && (
          <MenuItem onSelect={onUp}>
            <ArrowUp aria-hidden />
            Move up
          </MenuItem>
        )}
        {onDown && (
          <MenuItem onSelect={onDown}>
            <ArrowDown aria-hidden />
            Move down
          </MenuItem>
        )}
        <MenuLine />
        <MenuItem onSelect={onRemove} className="text-danger">
          <Trash2 aria-hidden />
          Delete
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
