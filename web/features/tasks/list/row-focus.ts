export const rows = () => Array.from(document.querySelectorAll<HTMLElement>("[data-task]"));
export const titleOf = (row: Element | undefined) => row?.querySelector<HTMLElement>("[data-title]");

/** Return the id of the task whose row contains the focus, or null. */
export function focusedTask(): string | null {
  return document.activeElement?.closest<HTMLElement>("[data-task]")?.dataset.task ?? null;
}

/** Move the focus to the next or the previous row, or to the first row if no row has the focus. */
export function focusRow(step: 1 | -1): void {
  const all = rows();
  const index = all.findIndex((row) => row.dataset.task === focusedTask());
  titleOf(all[index < 0 ? 0 : Math.min(Math.max(index + step, 0), all.length - 1)])?.focus();
}

/** Move the focus to the task at `index` in the list, if it exists. */
export function focusTask(index: number): void {
  titleOf(rows()[index])?.focus();
}
