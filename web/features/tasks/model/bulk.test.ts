import { describe, expect, test } from "vitest";
import { isUnchangedBy } from "./bulk";
import { taskOf } from "./task.testing";

const HOME = { id: "home", name: "Home", color: null };
const WORK = { id: "work", name: "Work", color: null };

const A = taskOf("a", { priority: "low" });
const B = taskOf("b", { tags: [HOME] });
const C = taskOf("c", { priority: "low", tags: [HOME, WORK] });
const D = taskOf("d", { priority: "medium" });

describe("tasks that a change would not affect", () => {
  const all = [A, B, C, D, taskOf("e", { priority: "high", completed: true })];

  test.each([
    [{ action: "complete" }, "e"],
    [{ action: "reopen" }, "abcd"],
    [{ action: "set_priority", priority: "low" }, "ac"],
    [{ action: "set_priority", priority: null }, "b"],
    [{ action: "add_tag", tag_id: "home" }, "bc"],
    [{ action: "remove_tag", tag_id: "home" }, "ade"],
  ] as const)("%j: %s", (change, expected) => {
    const unchanged = all.filter((task) => isUnchangedBy(task, change));
    expect(unchanged.map(({ id }) => id).join("")).toBe(expected);
  });
});
