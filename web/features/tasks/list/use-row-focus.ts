"use client";

import { useEffect, useRef } from "react";
import type { Task } from "../model/task";
import { rows, titleOf } from "./row-focus";

const MENU_CLOSED_MS = 60;

/**
 * Keep the focus in the list when the focused row is removed: the row that takes its position gets
 * the focus, so that keyboard users can continue there.
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
    // A menu that is opened by a pointer takes the focus, and the row itself never gets it.
    const events = ["focusin", "pointerdown"];
    events.forEach((type) => element.addEventListener(type, remember));
    return () => events.forEach((type) => element.removeEventListener(type, remember));
  }, []);

  useEffect(() => {
    const removed = last.current;
    if (!removed || tasks.some(({ id }) => id === removed.id)) return;
    // A menu of the removed row first returns the focus to its button, which is removed too.
    const timer = setTimeout(() => {
      if (last.current !== removed) return;
      last.current = null;
      if (document.activeElement !== document.body) return;
      const all = rows();
      titleOf(all[Math.min(removed.index, all.length - 1)])?.focus({ preventScroll: true });
    }, MENU_CLOSED_MS);
    return () => clearTimeout(timer);
  }, [tasks]);

  return list;
}
