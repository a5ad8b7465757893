import { ApiError } from "@/lib/errors";
import type { Draft } from "../model/draft";

const FIELDS: Record<string, keyof Draft> = {
  title: "title",
  description: "description",
  priority: "priority",
  due_date: "date",
  tag_ids: "tags",
};

/** Return the first form field that the service rejected, with its message, or null. */
export function fieldError(error: unknown): { field: keyof Draft; message: string } | null {
  if (!(error instanceof ApiError)) return null;
  for (const { field, message } of error.fields) {
    const formField = FIELDS[field.split(".")[0] ?? ""];
    if (formField) return { field: formField, message };
  }
  return null;
}
