import { beforeEach, expect, test, vi } from "vitest";
import { joined, readSaved, writeSaved } from "./saved";

let items: Map<string, string>;

beforeEach(() => {
  items = new Map();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
  });
});

const NOTHING = { draft: "", unsent: "", thread: null };

test("each user has a draft of their own", () => {
  writeSaved("ada", { draft: "hi", unsent: "x", thread: "t1" });
  expect(readSaved("ada")).toEqual({ draft: "hi", unsent: "x", thread: "t1" });
  expect(readSaved("bob")).toEqual(NOTHING);
});

test.each(["", "{", "null", "[]", '{"draft": 1, "thread": {}}'])("a damaged entry %j is ignored", (text) => {
  items.set("assistant:ada", text);
  expect(readSaved("ada")).toEqual(NOTHING);
});

test("a blocked storage is ignored", () => {
  const blocked = () => {
    throw new Error("blocked");
  };
  vi.stubGlobal("sessionStorage", { getItem: blocked, setItem: blocked });
  writeSaved("ada", { ...NOTHING, draft: "hi" });
  expect(readSaved("ada")).toEqual(NOTHING);
});

test("two texts are joined by a line feed", () => {
  expect([joined("a", "b"), joined("", "b"), joined("a", "")]).toEqual(["a\nb", "b", "a"]);
});
