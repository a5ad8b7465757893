import { expect, test } from "vitest";
import { contentSecurityPolicy } from "./policy";

const nonce = "n0nce";

test("scripts need the nonce, and nothing comes from elsewhere", () => {
  const policy = contentSecurityPolicy({ nonce, development: false });
  expect(policy).toContain("script-src 'self' 'nonce-n0nce' 'strict-dynamic';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe-eval|https?:/);
});

test("a service with an address of its own may be asked, and no other", () => {
  const service = "https://api.example.com";
  const policy = contentSecurityPolicy({ nonce, service, development: false });
  expect(policy).toContain("connect-src 'self' https://api.example.com;");
});
