import { describe, expect, test } from "vitest";
import { FIRST_VIEW, canReorder, countFilters, queryOf, readView, withoutFilters, writeView } from "./view";
import type { View } from "./view";

const FULL: View = {
  status: "completed",
  priorities: ["high", "none"],
  tags: ["a&b", "none", "zwölf"],
  allTags: true,
  due: "week",
  search: "50 % of + & ?",
  sort: "title",
  order: "desc",
};
const NOON = Date.parse("2026-11-21T12:00:00Z");
const read = (search: string) => readView(new URLSearchParams(search));

describe("the URL", () => {
  test.each([
    ["nothing", FIRST_VIEW],
    ["everything", FULL],
    ["the filter for no due date", { ...FIRST_VIEW, due: "none" }],
    ["the default direction", { ...FIRST_VIEW, sort: "due_date", order: "asc" }],
    ["the other direction", { ...FIRST_VIEW, order: "asc" }],
  ] satisfies [string, View][])("keeps %s", (_, view) => {
    expect(read(writeView(view))).toEqual(view);
  });

  test("of the first view has no query", () => {
    expect(writeView(FIRST_VIEW)).toBe("");
  });

  test.each([
    "?status=gone",
    "?sort=constructor",
    "?sort=size",
    "?order=sideways",
    "?priority=urgent",
    "?due=never",
    "?tag=",
    "?page=2",
    "?q=%20%20",
  ])("%s is read as the first view", (search) => {
    expect(read(search)).toEqual(FIRST_VIEW);
  });

  test("duplicate values are removed, and priorities are sorted", () => {
    expect(read("?priority=low&priority=high&priority=low&tag=x&tag=x")).toMatchObject({
      priorities: ["high", "low"],
      tags: ["x"],
    });
  });

  test("a search is cut to the service's limit", () => {
    expect(read(`?q=${"x".repeat(300)}`).search).toHaveLength(200);
  });
});

describe("the query", () => {
  test("of the first view contains only the status and the order", () => {
    expect(queryOf(FIRST_VIEW, NOON, "UTC")).toEqual({ status: "active", sort_by: "position", order: "desc" });
  });

  test("contains every filter", () => {
    expect(queryOf(FULL, NOON, "UTC")).toMatchObject({
      status: "completed",
      search: FULL.search,
      priority: ["high", "none"],
      tag: ["a&b", "none", "zwölf"],
      tag_match: "all",
      sort_by: "title",
      order: "desc",
    });
  });

  test("covers the whole day of the time zone, including its start", () => {
    expect(queryOf({ ...FIRST_VIEW, due: "today" }, NOON, "America/New_York")).toMatchObject({
      due_after: "2026-11-21T04:59:59.999999Z",
      due_before: "2026-11-22T05:00:00.000Z",
    });
  });

  test("covers seven days, including a day of 25 hours", () => {
    const now = Date.parse("2026-10-24T12:00:00Z");
    expect(queryOf({ ...FIRST_VIEW, due: "week" }, now, "Europe/Berlin")).toMatchObject({
      due_after: "2026-10-23T21:59:59.999999Z",
      due_before: "2026-10-30T23:00:00.000Z",
    });
  });

  test("uses the service's filter for overdue tasks", () => {
    expect(queryOf({ ...FIRST_VIEW, due: "overdue" }, NOON, "UTC")).toMatchObject({ overdue: true });
  });

  test("can be for tasks without a due date", () => {
    expect(queryOf({ ...FIRST_VIEW, due: "none" }, NOON, "UTC")).toMatchObject({ has_due_date: false });
  });
});

test("clearing the filters keeps the status and the order", () => {
  expect(withoutFilters(FULL)).toEqual({ ...FIRST_VIEW, status: "completed", sort: "title", order: "desc" });
  expect(countFilters(FULL)).toBe(6);
});

test("tasks can be moved only in the user's own order and without filters", () => {
  expect(canReorder(FIRST_VIEW)).toBe(true);
  expect(canReorder({ ...FIRST_VIEW, order: "asc", status: "all" })).toBe(true);
  expect(canReorder({ ...FIRST_VIEW, sort: "title" })).toBe(false);
  expect(canReorder({ ...FIRST_VIEW, search: "x" })).toBe(false);
  expect(canReorder({ ...FIRST_VIEW, tags: ["x"] })).toBe(false);
});
