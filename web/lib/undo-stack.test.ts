import { beforeEach, expect, test, vi } from "vitest";
import { dropChanges, popChanges, pushChanges } from "./undo-stack";

beforeEach(() => {
  const items = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
  });
});

test("the last action is returned first, and each action once", () => {
  pushChanges("ada", ["1"]);
  pushChanges("ada", ["2", "3"]);
  expect(popChanges("ada")).toEqual(["2", "3"]);
  expect(popChanges("ada")).toEqual(["1"]);
  expect(popChanges("ada")).toBeUndefined();
});

test("each user has a stack of their own", () => {
  pushChanges("ada", ["1"]);
  expect(popChanges("bob")).toBeUndefined();
  expect(popChanges("ada")).toEqual(["1"]);
});

test("an action without changes is not remembered", () => {
  pushChanges("ada", []);
  expect(popChanges("ada")).toBeUndefined();
});

test("an action can be forgotten while later actions stay", () => {
  for (const id of ["1", "2", "3"]) pushChanges("ada", [id]);
  dropChanges("ada", ["2"]);
  expect([popChanges("ada"), popChanges("ada"), popChanges("ada")]).toEqual([["3"], ["1"], undefined]);
});

test("a blocked storage is ignored", () => {
  const blocked = () => {
    throw new Error("blocked");
  };
  vi.stubGlobal("sessionStorage", { getItem: blocked, setItem: blocked });
  pushChanges("ada", ["1"]);
  expect(popChanges("ada")).toBeUndefined();
});
