import { expect, test } from "vitest";
import { countInWords } from "./count";

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1000 or more"],
  [1001, "1001"],
])("%i tasks are shown as %s", (total, words) => {
  expect(countInWords(total)).toBe(words);
});
