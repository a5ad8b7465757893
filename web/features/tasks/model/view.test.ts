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

  test.each([
    ["2026-11-21T04:59:59Z", "America/New_York", "2026-11-19", "2026-11-21"],
    ["2026-11-21T05:00:00Z", "America/New_York", "2026-11-20", "2026-11-22"],
    ["2026-12-31T12:00:00Z", "Pacific/Kiritimati", "2026-12-31", "2027-01-02"],
    ["2026-12-31T11:59:59Z", "Etc/GMT+12", "2026-12-29", "2026-12-31"],
  ])("covers the day of %s in %s", (now, tz, due_after, due_before) => {
    const query = queryOf({ ...FIRST_VIEW, due: "today" }, Date.parse(now), tz);
    expect(query).toMatchObject({ due_after, due_before, tz });
  });

  test("covers seven days", () => {
    expect(queryOf({ ...FIRST_VIEW, due: "week" }, NOON, "Europe/Berlin")).toMatchObject({
      due_after: "2026-11-20",
      due_before: "2026-11-28",
      tz: "Europe/Berlin",
    });
  });

  test("uses the service's filter for overdue tasks, in the time zone of the user", () => {
    const query = queryOf({ ...FIRST_VIEW, due: "overdue" }, NOON, "Europe/Berlin");
    expect(query).toMatchObject({ overdue: true, tz: "Europe/Berlin" });
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
