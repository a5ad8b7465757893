import type { Schemas } from "@/lib/api";

export interface Suggestion {
  label: string;
  message: string;
}

type Counts = Pick<Schemas["Stats"], "active" | "completed" | "overdue" | "due_today">;

/** Return what a user may want to ask, by the numbers of their tasks. */
export function suggestionsFor({ active, completed, overdue, due_today }: Counts): Suggestion[] {
  const suggestions: (Suggestion | false)[] = [
    overdue > 0 && { label: `${overdue} overdue: sort them out`, message: "What's overdue?" },
    due_today > 0 && { label: `${due_today} due today: show them`, message: "What's due today?" },
    active > 0 && { label: "Plan my day", message: "Plan my day" },
    active > 0 && { label: "What is due this week?", message: "What's due this week?" },
    completed > 0 && { label: `${completed} done: delete them`, message: "Delete all done tasks" },
    { label: "What can you do?", message: "Help" },
  ];
  return suggestions.filter((suggestion) => suggestion !== false);
}
