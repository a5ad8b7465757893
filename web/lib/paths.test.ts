import { expect, test } from "vitest";
import { HOME, nextPath, signInPath } from "./paths";

test.each(["/settings", "/dashboard?status=active&tag=a%20b#top"])("%s is accepted as the next page", (path) => {
  expect(nextPath(path)).toBe(path);
  expect(nextPath(new URL(signInPath(path), "http://x").searchParams.get("next") ?? HOME)).toBe(path);
});

test.each([
  undefined,
  "",
  "settings",
  "https://evil.example",
  "//evil.example",
  "/\\evil.example",
  "/\t/evil.example",
  "/.//evil.example",
  "javascript:alert(1)",
  ["/a", "/b"],
])("%j is replaced by the dashboard", (next) => {
  expect(nextPath(next)).toBe(HOME);
});
