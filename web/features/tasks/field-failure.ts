import { ApiError } from "@/lib/errors";
import type { Draft } from "./draft";

const FIELDS: Record<string, keyof Draft> = {
  title: "title",
  description: "description",
  priority: "priority",
  due_date: "date",
  tag_ids: "tags",
};

/** Returns which field of the form the service refused, if it is one of them. */
export function fieldFailure(error: unknown): { field: keyof Draft; message: string } | null {
  if (!(error instanceof ApiError)) return null;
  for (const { field, message } of error.fields) {
    const own = FIELDS[field.split(".")[0] ?? ""];
    if (own) return { field: own, message };
  }
  return null;
}
