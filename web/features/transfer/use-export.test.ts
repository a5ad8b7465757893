import { expect, test } from "vitest";
import { fileName } from "./use-export";

test.each([
  ["attachment; filename=tasks.csv", "tasks.csv"],
  ['attachment; filename="tasks.json"', "tasks.json"],
  ["attachment; filename=../evil", undefined],
  [null, undefined],
])("the file name in %s is %s", (header, name) => {
  expect(fileName(header)).toBe(name);
});
