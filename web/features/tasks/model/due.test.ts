import { expect, test } from "vitest";
import { dueText } from "./due";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const BERLIN = "Europe/Berlin";

test.each([
  ["2026-11-21T13:30:00Z", "Today, 14:30", "today"],
  ["2026-11-21T11:59:59Z", "Today, 12:59", "overdue"],
  ["2026-11-21T22:59:00Z", "Today", "today"],
  ["2026-11-21T23:00:00Z", "Tomorrow, 00:00", "later"],
  ["2026-11-20T22:59:00Z", "Yesterday", "overdue"],
  ["2026-11-27T08:00:00Z", "Fri 27 Nov, 09:00", "later"],
  ["2027-01-01T11:00:00Z", "Fri 1 Jan 2027, 12:00", "later"],
])("%s is due %s, %s", (due_date, text, state) => {
  expect(dueText({ due_date, completed: false }, NOW, BERLIN)).toEqual({ text, state });
});

test("a completed task is never overdue", () => {
  expect(dueText({ due_date: "2020-01-01T00:00:00Z", completed: true }, NOW, BERLIN)?.state).toBe("later");
});

test("a task without a due time has no due text", () => {
  expect(dueText({ due_date: null, completed: false }, NOW, BERLIN)).toBeNull();
});
