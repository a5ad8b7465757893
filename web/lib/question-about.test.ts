import { expect, test } from "vitest";
import { questionAbout } from "./question-about";

test.each([
  [["A"], "About “A”: "],
  [["A", "B"], "About “A” and “B”: "],
  [["A", "B", "C"], "About “A”, “B” and “C”: "],
])("%j are named", (titles, expected) => {
  expect(questionAbout(titles)).toBe(expected);
});

test("the rest is counted if the titles do not fit into a message", () => {
  const titles = Array.from({ length: 500 }, (_, number) => `${number}`.padStart(200, "x"));
  const question = questionAbout(titles);
  expect(question.length).toBeLessThan(2000);
  expect(question).toMatch(/” and 493 more tasks: $/);
  expect(questionAbout(titles.slice(0, 8))).toMatch(/” and 1 more task: $/);
});
