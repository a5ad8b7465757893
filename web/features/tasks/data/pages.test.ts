import { describe, expect, test } from "vitest";
import { taskOf } from "../model/task.testing";
import { changeTasks, moveTask, removeTasks, reorderedIds, tasksIn } from "./pages";
import type { Pages } from "./pages";

function pagesOf(...pages: string[]): Pages {
  return {
    pages: pages.map((ids) => ({ items: [...ids].map((id) => taskOf(id)), total: 9, next_cursor: null })),
    pageParams: pages.map(() => null),
  };
}

const shape = (data: Pages) => data.pages.map(({ items }) => items.map(({ id }) => id).join(""));

describe("loaded pages", () => {
  test("contain a task once if it moved from one page to the next", () => {
    expect(tasksIn(pagesOf("abc", "cd")).map(({ id }) => id)).toEqual(["a", "b", "c", "d"]);
  });

  test("change only the given tasks", () => {
    const before = pagesOf("ab", "c");
    const after = changeTasks(before, new Set(["b", "x"]), (one) => ({ ...one, completed: true }));
    expect(tasksIn(after).map(({ completed }) => completed)).toEqual([false, true, false]);
    expect(after.pages[1]?.items[0]).toBe(before.pages[1]?.items[0]);
    expect(tasksIn(before).some(({ completed }) => completed)).toBe(false);
  });

  test("remove the given tasks and reduce the total", () => {
    const after = removeTasks(pagesOf("ab", "c"), new Set(["a", "c", "x"]));
    expect(shape(after)).toEqual(["b", ""]);
    expect(after.pages.map(({ total }) => total)).toEqual([7, 7]);
  });
});

describe("a move", () => {
  test.each([
    ["a", "d", ["bc", "da", "e"]],
    ["e", "a", ["ea", "bc", "d"]],
    ["b", "c", ["ac", "bd", "e"]],
    ["b", "b", ["ab", "cd", "e"]],
    ["x", "a", ["ab", "cd", "e"]],
  ])("of %s to %s crosses pages", (from, to, expected) => {
    expect(shape(moveTask(pagesOf("ab", "cd", "e"), from, to))).toEqual(expected);
  });

  test.each([
    ["b", "d", "asc", "cdb"],
    ["b", "d", "desc", "bdc"],
    ["d", "a", "asc", "dabc"],
    ["d", "a", "desc", "cbad"],
    ["a", "a", "asc", ""],
    ["a", "x", "asc", ""],
  ] as const)("of %s to %s in %s order sends %s to the service", (from, to, order, expected) => {
    expect(reorderedIds(tasksIn(pagesOf("abcde")), from, to, order).join("")).toBe(expected);
  });
});
