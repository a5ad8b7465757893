import { describe, expect, test } from "vitest";
import { BLANK, differences, draft, draftOf, fieldsOf, rebase, skippedTo } from "./draft";
import type { Draft } from "./draft";
import { taskOf } from "./task.testing";

const BERLIN = "Europe/Berlin";
const HOME = { id: "1", name: "Home", color: null };
const WORK = { id: "2", name: "Work", color: "#00ff00" };
const GARDEN = { id: "3", name: "Garden", color: null };

const TASK = taskOf("t", { title: "Water the tomatoes", due_date: "2026-07-01T12:30:15.123456Z", tags: [HOME] });

describe("a task in a form", () => {
  test("that nobody touched is sent as it was, to the microsecond", () => {
    expect(fieldsOf(draftOf(TASK, BERLIN), BERLIN, TASK)).toEqual({
      title: "Water the tomatoes",
      description: null,
      priority: null,
      due_date: TASK.due_date,
      tag_ids: ["1"],
    });
  });

  test.each(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])("keeps the one of two equal times that %s is", (due_date) => {
    const task = { ...TASK, due_date };
    expect(draftOf(task, BERLIN).time).toBe("02:30");
    expect(fieldsOf(draftOf(task, BERLIN), BERLIN, task).due_date).toBe(due_date);
  });

  test("is due in the zone of its owner", () => {
    const typed = { ...BLANK, title: "x", date: "2026-01-31", time: "09:15" };
    expect(fieldsOf(typed, "America/New_York").due_date).toBe("2026-01-31T14:15:00.000Z");
  });

  test("is due at the end of a day that has no time", () => {
    const typed = { ...BLANK, title: "x", date: "2026-01-31" };
    expect(fieldsOf(typed, BERLIN).due_date).toBe("2026-01-31T22:59:00.000Z");
  });

  test("may lose its due time", () => {
    expect(fieldsOf({ ...draftOf(TASK, BERLIN), date: "", time: "" }, BERLIN, TASK).due_date).toBeNull();
  });

  test("says which time is kept for one that the clocks skip", () => {
    expect(skippedTo({ date: "2026-03-29", time: "02:30" }, BERLIN)).toBe("03:30");
    expect(skippedTo({ date: "2026-03-28", time: "02:30" }, BERLIN)).toBeNull();
    expect(skippedTo({ date: "2026-03-29", time: "" }, BERLIN)).toBeNull();
  });
});

describe("what can't be saved", () => {
  test.each([
    ["no title", { title: "  " }, "title"],
    ["a long title", { title: "x".repeat(201) }, "title"],
    ["a long description", { description: "x".repeat(10_001) }, "description"],
    ["a year that is too far", { date: "9999-01-01" }, "date"],
    ["a year of five digits", { date: "12026-01-01" }, "date"],
    ["a time without its date", { time: "12:00" }, "date"],
    ["too many tags", { tags: Array.from({ length: 51 }, (_, id) => ({ ...HOME, id: `${id}` })) }, "tags"],
  ] satisfies [string, Partial<Draft>, keyof Draft][])("%s", (_, change, field) => {
    const { error } = draft.safeParse({ ...BLANK, title: "x", ...change });
    expect(error?.issues.map(({ path }) => path[0])).toEqual([field]);
  });
});

describe("two who change one task", () => {
  const base: Draft = { ...BLANK, title: "Old", description: "Old", date: "2026-01-01", tags: [HOME, WORK] };

  test("both keep what they changed", () => {
    const typed = { ...base, title: "Mine" };
    const current = { ...base, description: "Theirs", priority: "high" as const };
    expect(rebase(typed, base, current)).toEqual({ ...current, title: "Mine" });
  });

  test("of the same field, what was typed stays", () => {
    expect(rebase({ ...base, title: "Mine" }, base, { ...base, title: "Theirs" }).title).toBe("Mine");
  });

  test("a due time is taken as one, date and time", () => {
    const typed = { ...base, time: "09:00" };
    const current = { ...base, date: "2026-02-02", time: "10:00" };
    expect(rebase(typed, base, current)).toMatchObject({ date: "2026-01-01", time: "09:00" });
  });

  test("each tag is a change of its own", () => {
    const typed = { ...base, tags: [WORK, GARDEN] };
    const current = { ...base, tags: [HOME] };
    expect(rebase(typed, base, current).tags).toEqual([GARDEN]);
  });

  test("are told where they differ", () => {
    expect(differences(base, { ...base, title: "New", tags: [WORK, HOME] })).toEqual(["title"]);
  });
});
