import { expect, test } from "vitest";
import { filtersOf } from "./filter-names";
import { FIRST_VIEW } from "./view";
import type { View } from "./view";

const TAGS = [{ id: "t1", name: "Home" }];

test.each([
  [{ search: "milk" }, "“milk”"],
  [{ due: "today" }, "Due: today"],
  [{ due: "none" }, "No due date"],
  [{ priorities: ["high"] }, "High priority"],
  [{ priorities: ["none"] }, "No priority"],
  [{ tags: ["t1"] }, "Tag: Home"],
  [{ tags: ["none"] }, "Untagged"],
  [{ tags: ["unknown"] }, "Tag: unknown"],
] satisfies [Partial<View>, string][])("%j is named %s and can be removed", (filter, name) => {
  expect(filtersOf({ ...FIRST_VIEW, ...filter }, TAGS)).toEqual([{ name, without: FIRST_VIEW }]);
});
