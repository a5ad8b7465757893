"use client";

import { useEffect, useRef } from "react";

/** The shortcut keys, with their descriptions for the help. */
export const SHORTCUTS = {
  n: "Add a task",
  "/": "Search",
  j: "Go to the next task",
  k: "Go to the previous task",
  e: "Edit the task",
  c: "Complete or reopen the task",
  x: "Select the task",
  d: "Delete the task",
  u: "Undo the last action",
  a: "Open the assistant",
  Escape: "Cancel selection",
  "?": "Show this help",
} as const;

export type Key = keyof typeof SHORTCUTS;

const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const FLOATING = "[role=dialog], [role=menu], [role=alertdialog]";

/** Run the shortcuts of `actions`, except while the user types or a dialog or menu is open. */
export function useShortcuts(actions: Partial<Record<Key, () => void>>) {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });

  useEffect(() => {
    function press(event: KeyboardEvent) {
      const { key, ctrlKey, metaKey, altKey, isComposing, defaultPrevented, target } = event;
      if (ctrlKey || metaKey || altKey || isComposing || defaultPrevented || !isKey(key)) return;
      if (target instanceof Element && target.closest(TYPING) && !isCheckbox(target)) return;
      const action = latest.current[key];
      if (!action || document.querySelector(FLOATING)) return;
      event.preventDefault();
      action();
    }
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function isKey(key: string): key is Key {
  return Object.hasOwn(SHORTCUTS, key);
}

// A checkbox is an input but not for typing, and it has the focus while the user selects tasks.
function isCheckbox(target: Element): boolean {
  return target instanceof HTMLInputElement && target.type === "checkbox";
}
