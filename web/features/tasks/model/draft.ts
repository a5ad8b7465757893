import { z } from "@/lib/zod";
import { isDay } from "./due";
import { MAX_DESCRIPTION, MAX_TAGS, MAX_TITLE, PRIORITIES } from "./task";
import type { Task } from "./task";
import { instantOf, wallTime } from "./zone";

const YEARS = { first: "1900-01-02", last: "9998-12-30" };

const tag = z.object({ id: z.string(), name: z.string(), color: z.string().nullable() });

/** The values of the task form. A due time is local to the user's time zone; a date without a time is a day. */
export const draft = z
  .object({
    title: z
      .string()
      .trim()
      .min(1, "Enter a title.")
      .max(MAX_TITLE, `Use at most ${MAX_TITLE} characters.`),
    description: z.string().max(MAX_DESCRIPTION, `Use at most ${MAX_DESCRIPTION} characters.`),
    priority: z.enum([...PRIORITIES, "none"]),
    date: z.string().refine((date) => !date || (date >= YEARS.first && date <= YEARS.last && date.length === 10), {
      message: "Choose a date between 1900 and 9998.",
    }),
    time: z.string(),
    tags: z.array(tag).max(MAX_TAGS, `Use at most ${MAX_TAGS} tags.`),
  })
  .refine(({ date, time }) => date || !time, { path: ["date"], message: "Choose a date for this time." });

export type Draft = z.infer<typeof draft>;

const FIELDS = ["title", "description", "priority", "date", "time", "tags"] as const;

export const BLANK: Draft = { title: "", description: "", priority: "none", date: "", time: "", tags: [] };

export function draftOf(task: Task, zone: string): Draft {
  const { title, description, priority, due_date, tags } = task;
  return { title, description: description ?? "", priority: priority ?? "none", ...shownDue(due_date, zone), tags };
}

/** Return the fields to send. An unchanged due time keeps its exact value, including microseconds. */
export function fieldsOf({ title, description, priority, tags, ...due }: Draft, zone: string, base?: Task) {
  return {
    title: title.trim(),
    description: description || null,
    priority: priority === "none" ? null : priority,
    due_date: base && isSameDue(due, base, zone) ? base.due_date : dueDate(due, zone),
    tag_ids: tags.map(({ id }) => id),
  };
}

/** Return the time that will be saved if the typed time is skipped by a clock change, and null otherwise. */
export function shiftedTime(due: Pick<Draft, "date" | "time">, zone: string): string | null {
  if (!due.date || !due.time) return null;
  const { time } = wallTime(instantOf(due, zone), zone);
  return time === due.time ? null : time;
}

/** Merge the user's changes to `base` into `current`. If both changed a field, the user's value wins. */
export function rebase(typed: Draft, base: Draft, current: Draft): Draft {
  const due = differs("date", typed, base) || differs("time", typed, base) ? typed : current;
  return {
    title: differs("title", typed, base) ? typed.title : current.title,
    description: differs("description", typed, base) ? typed.description : current.description,
    priority: differs("priority", typed, base) ? typed.priority : current.priority,
    date: due.date,
    time: due.time,
    tags: mergedTags(typed, base, current),
  };
}

/** Return the names of the fields in which two drafts differ. */
export function differences(one: Draft, other: Draft): (keyof Draft)[] {
  return FIELDS.filter((field) => differs(field, one, other));
}

function differs(field: keyof Draft, one: Draft, other: Draft): boolean {
  return comparable(one, field) !== comparable(other, field);
}

function comparable(values: Draft, field: keyof Draft): string {
  if (field !== "tags") return values[field];
  return values.tags
    .map(({ id }) => id)
    .sort()
    .join();
}

function mergedTags(typed: Draft, base: Draft, current: Draft): Draft["tags"] {
  const ids = (values: Draft) => new Set(values.tags.map(({ id }) => id));
  const [inBase, inTyped, inCurrent] = [ids(base), ids(typed), ids(current)];
  const notRemoved = current.tags.filter(({ id }) => inTyped.has(id) || !inBase.has(id));
  const added = typed.tags.filter(({ id }) => !inBase.has(id) && !inCurrent.has(id));
  return [...notRemoved, ...added];
}

function isSameDue(due: Pick<Draft, "date" | "time">, { due_date }: Task, zone: string): boolean {
  const shown = shownDue(due_date, zone);
  return due.date === shown.date && due.time === shown.time;
}

function shownDue(due_date: string | null, zone: string): Pick<Draft, "date" | "time"> {
  if (due_date === null) return { date: "", time: "" };
  return isDay(due_date) ? { date: due_date, time: "" } : wallTime(due_date, zone);
}

function dueDate({ date, time }: Pick<Draft, "date" | "time">, zone: string): string | null {
  if (!date) return null;
  return time ? instantOf({ date, time }, zone) : date;
}
