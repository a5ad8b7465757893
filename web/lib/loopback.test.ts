import { expect, test } from "vitest";
import { siteOrigin } from "./loopback";

test.each([
  ["127.0.0.1:3000", "http://localhost:3000", "http://localhost:3000"],
  ["[::1]:3000", "http://localhost:3000", "http://localhost:3000"],
  ["localhost:3000", "http://127.0.0.1:3000", "http://127.0.0.1:3000"],
  ["127.0.0.1", "http://localhost", "http://localhost"],
  ["localhost:3000", "http://localhost:3000", null],
  // A proxy on the same machine that does not pass on the Host header: a redirect would never end.
  ["127.0.0.1:3000", "http://localhost", null],
  ["127.0.0.1:3000", "https://app.example.com", null],
  ["evil.example:3000", "http://localhost:3000", null],
  ["a b", "http://localhost:3000", null],
  [null, "http://localhost:3000", null],
])("a request for %s at the site %s leads to %s", (host, site, expected) => {
  expect(siteOrigin(host, site)).toBe(expected);
});
