"use client";

import { useEffect, useRef } from "react";

/** Each key, and what the help sheet says of it. */
export const SHORTCUTS = {
  n: "Write down a new task",
  "/": "Search",
  j: "Go to the next task",
  k: "Go to the task before",
  e: "Edit the task",
  c: "Complete or reopen the task",
  x: "Select the task",
  d: "Delete the task",
  u: "Undo what was done last",
  Escape: "Leave the selection",
  "?": "Show this help",
} as const;

export type Key = keyof typeof SHORTCUTS;

const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const FLOATING = "[role=dialog], [role=menu], [role=alertdialog]";

/** Runs a shortcut unless somebody types, or something lies over the page. */
export function useShortcuts(actions: Record<Key, () => void>) {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });

  useEffect(() => {
    function press(event: KeyboardEvent) {
      const { key, ctrlKey, metaKey, altKey, isComposing, defaultPrevented, target } = event;
      if (ctrlKey || metaKey || altKey || isComposing || defaultPrevented || !isKey(key)) return;
      if (target instanceof Element && target.closest(TYPING) && !isTick(target)) return;
      if (document.querySelector(FLOATING)) return;
      event.preventDefault();
      latest.current[key]();
    }
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

function isKey(key: string): key is Key {
  return Object.hasOwn(SHORTCUTS, key);
}

// Nobody writes into a checkbox, and the selection is made of them.
function isTick(target: Element): boolean {
  return target instanceof HTMLInputElement && target.type === "checkbox";
}
