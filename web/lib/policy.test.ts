import { expect, test } from "vitest";
import { contentSecurityPolicy } from "./policy";

const nonce = "n0nce";

test("scripts need the nonce, and no other origin is allowed", () => {
  const policy = contentSecurityPolicy({ nonce, development: false });
  expect(policy).toContain("script-src 'self' 'nonce-n0nce' 'strict-dynamic';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("frame-src 'none'");
  expect(policy).not.toMatch(/unsafe-eval|https?:/);
});

test("connections to the public origin of the service are allowed, and to no other origin", () => {
  const service = "https://api.example.com";
  const policy = contentSecurityPolicy({ nonce, service, development: false });
  expect(policy).toContain("connect-src 'self' https://api.example.com;");
});

test("the official ChatKit window may add a frame of its host, and nothing else", () => {
  const policy = contentSecurityPolicy({ nonce, chatkit: true, development: false });
  expect(policy).toContain("frame-src https://cdn.platform.openai.com;");
  expect(policy.match(/https:\/\/\S+/g)).toEqual(["https://cdn.platform.openai.com;"]);
});
