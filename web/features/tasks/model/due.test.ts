import { expect, test } from "vitest";
import { dueText } from "./due";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const BERLIN = "Europe/Berlin";

test.each([
  ["2026-11-21T13:30:00Z", "Today, 14:30", "today"],
  ["2026-11-21T11:59:59Z", "Today, 12:59", "overdue"],
  ["2026-11-21", "Today", "today"],
  ["2026-11-22", "Tomorrow", "later"],
  ["2026-11-20", "Yesterday", "overdue"],
  ["2026-11-27", "Fri 27 Nov", "later"],
  ["2026-11-21T22:59:00Z", "Today, 23:59", "today"],
  ["2026-11-21T23:00:00Z", "Tomorrow, 00:00", "later"],
  ["2026-11-20T22:59:00Z", "Yesterday, 23:59", "overdue"],
  ["2026-11-27T08:00:00Z", "Fri 27 Nov, 09:00", "later"],
  ["2027-01-01T11:00:00Z", "Fri 1 Jan 2027, 12:00", "later"],
])("%s is due %s, %s", (due_date, text, state) => {
  expect(dueText({ due_date, completed: false }, NOW, BERLIN)).toEqual({ text, state });
});

test.each([
  ["2026-11-21T09:59:59Z", "Pacific/Kiritimati", "Today", "today"],
  ["2026-11-21T10:00:00Z", "Pacific/Kiritimati", "Yesterday", "overdue"],
  ["2026-11-21T12:00:00Z", "Etc/GMT+12", "Today", "today"],
  ["2026-11-22T11:59:59Z", "Etc/GMT+12", "Today", "today"],
  ["2026-11-22T12:00:00Z", "Etc/GMT+12", "Yesterday", "overdue"],
  ["2026-11-22T04:59:59Z", "America/New_York", "Today", "today"],
  ["2026-11-22T04:59:59Z", "Europe/Berlin", "Yesterday", "overdue"],
])("at %s in %s, the day 2026-11-21 is %s, %s", (now, zone, text, state) => {
  expect(dueText({ due_date: "2026-11-21", completed: false }, Date.parse(now), zone)).toEqual({ text, state });
});

test("a completed task is never overdue", () => {
  expect(dueText({ due_date: "2020-01-01T00:00:00Z", completed: true }, NOW, BERLIN)?.state).toBe("later");
  expect(dueText({ due_date: "2020-01-01", completed: true }, NOW, BERLIN)?.state).toBe("later");
});

test("a task without a due date has no due text", () => {
  expect(dueText({ due_date: null, completed: false }, NOW, BERLIN)).toBeNull();
});
