import { expect, test } from "vitest";
import { suggestionsFor } from "./suggestions";

const labels = (counts: Parameters<typeof suggestionsFor>[0]) => suggestionsFor(counts).map(({ label }) => label);

test("suggestions have the numbers of the tasks", () => {
  expect(labels({ active: 5, completed: 12, overdue: 3, due_today: 2 })).toEqual([
    "3 overdue: sort them out",
    "2 due today: show them",
    "Plan my day",
    "What is due this week?",
    "12 done: delete them",
    "What can you do?",
  ]);
});

test("nothing is suggested that there is no task for", () => {
  expect(labels({ active: 0, completed: 0, overdue: 0, due_today: 0 })).toEqual(["What can you do?"]);
});
