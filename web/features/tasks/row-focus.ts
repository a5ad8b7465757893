"use client";

import { useEffect, useRef } from "react";
import type { Task } from "./task";

const MENU_CLOSED_MS = 60;

const rows = () => Array.from(document.querySelectorAll<HTMLElement>("[data-task]"));
const titleOf = (row: Element | undefined) => row?.querySelector<HTMLElement>("[data-title]");

/** Returns the id of the task that has the focus somewhere in its row. */
export function focusedTask(): string | null {
  return document.activeElement?.closest<HTMLElement>("[data-task]")?.dataset.task ?? null;
}

/** Moves the focus to the next row, or the one before; from elsewhere to the first. */
export function focusRow(step: 1 | -1): void {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.task === focusedTask());
  titleOf(all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)])?.focus();
}

/** Moves the focus to the task at a place of the list, if there is one. */
export function focusTask(index: number): void {
  titleOf(rows()[index])?.focus();
}

/**
 * Keeps the focus in the list as the row that has it goes away: the one that takes its place gets
 * it, so that the keyboard goes on from there.
 */
export function useRowFocus(tasks: readonly Task[]) {
  const list = useRef<HTMLUListElement>(null);
  const last = useRef<{ id: string; index: number } | null>(null);

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const remember = ({ target }: Event) => {
      const row = target instanceof Element ? target.closest<HTMLElement>("[data-task]") : null;
      if (row) last.current = { id: row.dataset.task ?? "", index: rows().indexOf(row) };
    };
    // A menu that is opened by a pointer takes the focus without the row having had it.
    const events = ["focusin", "pointerdown"];
    events.forEach((type) => element.addEventListener(type, remember));
    return () => events.forEach((type) => element.removeEventListener(type, remember));
  }, []);

  useEffect(() => {
    const lost = last.current;
    if (!lost || tasks.some(({ id }) => id === lost.id)) return;
    // A menu that was open in the row gives the focus back first, to what is gone too.
    const timer = setTimeout(() => {
      if (last.current !== lost) return;
      last.current = null;
      if (document.activeElement !== document.body) return;
      const all = rows();
      titleOf(all[Math.min(lost.index, all.length - 1)])?.focus({ preventScroll: true });
    }, MENU_CLOSED_MS);
    return () => clearTimeout(timer);
  }, [tasks]);

  return list;
}
