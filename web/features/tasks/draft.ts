import { z } from "@/lib/zod";
import { MAX_DESCRIPTION, MAX_TAGS, MAX_TITLE, PRIORITIES } from "./task";
import type { Task } from "./task";
import { momentOf, wallTime } from "./zone";

const YEARS = { first: "1900-01-02", last: "9998-12-30" };
const END_OF_DAY = "23:59";

const tag = z.object({ id: z.string(), name: z.string(), color: z.string().nullable() });

/** What the form holds: a task as its owner sees it, the due time by the clock on their wall. */
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
      message: "Choose a date in the years 1900 to 9998.",
    }),
    time: z.string(),
    tags: z.array(tag).max(MAX_TAGS, `Use at most ${MAX_TAGS} tags.`),
  })
  .refine(({ date, time }) => date || !time, { path: ["date"], message: "Choose a date for this time." });

export type Draft = z.infer<typeof draft>;

export const BLANK: Draft = { title: "", description: "", priority: "none", date: "", time: "", tags: [] };

export function draftOf(task: Task, zone: string): Draft {
  const { title, description, priority, due_date, tags } = task;
  const due = due_date === null ? { date: "", time: "" } : wallTime(due_date, zone);
  return { title, description: description ?? "", priority: priority ?? "none", ...due, tags };
}

/** Returns what to send. A due time that was not touched stays as it is, to the microsecond. */
export function fieldsOf({ title, description, priority, tags, ...due }: Draft, zone: string, base?: Task) {
  return {
    title: title.trim(),
    description: description || null,
    priority: priority === "none" ? null : priority,
    due_date: base && isSameDue(due, base, zone) ? base.due_date : momentOfDue(due, zone),
    tag_ids: tags.map(({ id }) => id),
  };
}

/** Returns the time that will be kept in place of one that the clocks skip. */
export function skippedTo(due: Pick<Draft, "date" | "time">, zone: string): string | null {
  const moment = momentOfDue(due, zone);
  if (!moment || !due.time) return null;
  const { time } = wallTime(moment, zone);
  return time === due.time ? null : time;
}

/** Returns `current` with what was typed over `base`: nobody's change is lost, the typed ones win. */
export function rebase(typed: Draft, base: Draft, current: Draft): Draft {
  const due = isTyped("date", typed, base) || isTyped("time", typed, base) ? typed : current;
  return {
    title: isTyped("title", typed, base) ? typed.title : current.title,
    description: isTyped("description", typed, base) ? typed.description : current.description,
    priority: isTyped("priority", typed, base) ? typed.priority : current.priority,
    date: due.date,
    time: due.time,
    tags: mergedTags(typed, base, current),
  };
}

/** Names the fields in which two drafts differ. */
export function differences(one: Draft, other: Draft): (keyof Draft)[] {
  return draftFields.filter((field) => isTyped(field, one, other));
}

const draftFields = ["title", "description", "priority", "date", "time", "tags"] as const;

function isTyped(field: keyof Draft, typed: Draft, base: Draft): boolean {
  return text(typed, field) !== text(base, field);
}

function text(values: Draft, field: keyof Draft): string {
  if (field !== "tags") return values[field];
  return values.tags
    .map(({ id }) => id)
    .sort()
    .join();
}

function mergedTags(typed: Draft, base: Draft, current: Draft): Draft["tags"] {
  const ids = (values: Draft) => new Set(values.tags.map(({ id }) => id));
  const [before, wanted, there] = [ids(base), ids(typed), ids(current)];
  const kept = current.tags.filter(({ id }) => wanted.has(id) || !before.has(id));
  const added = typed.tags.filter(({ id }) => !before.has(id) && !there.has(id));
  return [...kept, ...added];
}

function isSameDue(due: Pick<Draft, "date" | "time">, { due_date }: Task, zone: string): boolean {
  if (due_date === null) return false;
  const shown = wallTime(due_date, zone);
  return due.date === shown.date && due.time === shown.time;
}

function momentOfDue({ date, time }: Pick<Draft, "date" | "time">, zone: string): string | null {
  return date ? momentOf({ date, time: time || END_OF_DAY }, zone) : null;
}
