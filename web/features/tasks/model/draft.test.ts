import { describe, expect, test } from "vitest";
import { BLANK, differences, draft, draftOf, fieldsOf, rebase, shiftedTime } from "./draft";
import type { Draft } from "./draft";
import { taskOf } from "./task.testing";

const BERLIN = "Europe/Berlin";
const HOME = { id: "1", name: "Home", color: null };
const WORK = { id: "2", name: "Work", color: "#00ff00" };
const GARDEN = { id: "3", name: "Garden", color: null };

const TASK = taskOf("t", { title: "Water the tomatoes", due_date: "2026-07-01T12:30:15.123456Z", tags: [HOME] });

describe("fields of a task form", () => {
  test("an unchanged form sends the exact due time, including microseconds", () => {
    expect(fieldsOf(draftOf(TASK, BERLIN), BERLIN, TASK)).toEqual({
      title: "Water the tomatoes",
      description: null,
      priority: null,
      due_date: TASK.due_date,
      tag_ids: ["1"],
    });
  });

  test.each(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])("%s stays the same instant, although its local time occurs twice", (due_date) => {
    const task = { ...TASK, due_date };
    expect(draftOf(task, BERLIN).time).toBe("02:30");
    expect(fieldsOf(draftOf(task, BERLIN), BERLIN, task).due_date).toBe(due_date);
  });

  test("the due time is in the user's time zone", () => {
    const typed = { ...BLANK, title: "x", date: "2026-01-31", time: "09:15" };
    expect(fieldsOf(typed, "America/New_York").due_date).toBe("2026-01-31T14:15:00.000Z");
  });

  test("a date without a time is a day", () => {
    const typed = { ...BLANK, title: "x", date: "2026-01-31" };
    expect(fieldsOf(typed, BERLIN).due_date).toBe("2026-01-31");
  });

  test.each(["Pacific/Kiritimati", BERLIN, "Etc/GMT+12"])("a day is the same day in %s", (zone) => {
    const task = { ...TASK, due_date: "2026-01-31" };
    expect(draftOf(task, zone)).toMatchObject({ date: "2026-01-31", time: "" });
    expect(fieldsOf(draftOf(task, zone), zone, task).due_date).toBe("2026-01-31");
  });

  test("23:59 is a time", () => {
    const typed = { ...BLANK, title: "x", date: "2026-01-31", time: "23:59" };
    const due_date = fieldsOf(typed, BERLIN).due_date;
    expect(due_date).toBe("2026-01-31T22:59:00.000Z");
    expect(draftOf({ ...TASK, due_date }, BERLIN).time).toBe("23:59");
  });

  test("a due time can be removed and added", () => {
    const typed = { ...draftOf(TASK, BERLIN), time: "" };
    expect(fieldsOf(typed, BERLIN, TASK).due_date).toBe("2026-07-01");
    const task = { ...TASK, due_date: "2026-07-01" };
    expect(fieldsOf({ ...draftOf(task, BERLIN), time: "14:30" }, BERLIN, task).due_date).toBe("2026-07-01T12:30:00.000Z");
  });

  test("the due date can be removed", () => {
    expect(fieldsOf({ ...draftOf(TASK, BERLIN), date: "", time: "" }, BERLIN, TASK).due_date).toBeNull();
  });

  test("a time that the clocks skip is reported with the time that will be saved", () => {
    expect(shiftedTime({ date: "2026-03-29", time: "02:30" }, BERLIN)).toBe("03:30");
    expect(shiftedTime({ date: "2026-03-28", time: "02:30" }, BERLIN)).toBeNull();
    expect(shiftedTime({ date: "2026-03-29", time: "" }, BERLIN)).toBeNull();
  });
});

describe("a form is rejected for", () => {
  test.each([
    ["no title", { title: "  " }, "title"],
    ["a long title", { title: "x".repeat(201) }, "title"],
    ["a long description", { description: "x".repeat(10_001) }, "description"],
    ["a year that is too late", { date: "9999-01-01" }, "date"],
    ["a year of five digits", { date: "12026-01-01" }, "date"],
    ["a time without a date", { time: "12:00" }, "date"],
    ["too many tags", { tags: Array.from({ length: 51 }, (_, id) => ({ ...HOME, id: `${id}` })) }, "tags"],
  ] satisfies [string, Partial<Draft>, keyof Draft][])("%s", (_, change, field) => {
    const { error } = draft.safeParse({ ...BLANK, title: "x", ...change });
    expect(error?.issues.map(({ path }) => path[0])).toEqual([field]);
  });
});

describe("concurrent changes of one task", () => {
  const base: Draft = { ...BLANK, title: "Old", description: "Old", date: "2026-01-01", tags: [HOME, WORK] };

  test("changes of different fields are merged", () => {
    const typed = { ...base, title: "Mine" };
    const current = { ...base, description: "Theirs", priority: "high" as const };
    expect(rebase(typed, base, current)).toEqual({ ...current, title: "Mine" });
  });

  test("for the same field, the typed value wins", () => {
    expect(rebase({ ...base, title: "Mine" }, base, { ...base, title: "Theirs" }).title).toBe("Mine");
  });

  test("date and time are merged as one value", () => {
    const typed = { ...base, time: "09:00" };
    const current = { ...base, date: "2026-02-02", time: "10:00" };
    expect(rebase(typed, base, current)).toMatchObject({ date: "2026-01-01", time: "09:00" });
  });

  test("added and removed tags are merged one by one", () => {
    const typed = { ...base, tags: [WORK, GARDEN] };
    const current = { ...base, tags: [HOME] };
    expect(rebase(typed, base, current).tags).toEqual([GARDEN]);
  });

  test("the differing fields are returned", () => {
    expect(differences(base, { ...base, title: "New", tags: [WORK, HOME] })).toEqual(["title"]);
  });
});
