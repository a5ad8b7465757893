import { expect, test } from "vitest";
import { howMany } from "./count";

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1000 or more"],
  [1001, "1001"],
])("%i tasks are told as %s", (total, words) => {
  expect(howMany(total)).toBe(words);
});
