import type { Task } from "./task";
import { addDays, wallTime } from "./zone";

export interface DueText {
  text: string;
  state: "overdue" | "today" | "later";
}

/** Return whether a due date is a day without a time, such as "2030-01-31". */
export function isDay(due: string): boolean {
  return due.length === "2030-01-31".length;
}

/** Return a due date as text, relative to the day of `now` in the time zone `zone`. */
export function dueText(
  { due_date, completed }: Pick<Task, "due_date" | "completed">,
  now: number,
  zone: string,
): DueText | null {
  if (due_date === null) return null;
  const today = wallTime(now, zone).date;
  const due = isDay(due_date) ? { date: due_date, time: "" } : wallTime(due_date, zone);
  const text = due.time ? `${dayText(due.date, today)}, ${due.time}` : dayText(due.date, today);
  if (completed) return { text, state: "later" };
  const isOverdue = due.time ? Date.parse(due_date) < now : due.date < today;
  if (isOverdue) return { text, state: "overdue" };
  return { text, state: due.date === today ? "today" : "later" };
}

function dayText(date: string, today: string): string {
  if (date === today) return "Today";
  if (date === addDays(today, 1)) return "Tomorrow";
  if (date === addDays(today, -1)) return "Yesterday";
  // The date is already local. Formatting it in UTC does not shift it.
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: "UTC",
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(date.slice(0, 4) !== today.slice(0, 4) && { year: "numeric" }),
  });
  // Browsers differ in where they put a comma, so all separators are replaced.
  const parts = format.formatToParts(Date.parse(`${date}T00:00:00Z`));
  return parts
    .filter(({ type }) => type !== "literal")
    .map(({ value }) => value)
    .join(" ");
}
