import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { expect, test } from "vitest";
import { SignedOut, Unreachable } from "./errors";
import { unusedUrl, respond, serve, tokenFor } from "./testing/server";
import type { Handler } from "./testing/server";
import { createTokenSource } from "./token";

const MINUTE = 60_000;

function sourceAt(url: string, options?: Parameters<typeof createTokenSource>[1]) {
  const client = createAuthClient({ baseURL: url, plugins: [jwtClient()] });
  return createTokenSource(() => client.token(), options);
}

/** Respond to each request with a new token that is valid for 15 minutes. */
function issuing(): Handler {
  let count = 0;
  return (_, response) => respond(response, 200, { token: tokenFor(15 * 60, String(++count)) });
}

test("a token is cached until 30 seconds before it expires", async () => {
  let time = 0;
  await using issuer = await serve(issuing());
  const getToken = sourceAt(issuer.url, { now: () => time });
  const first = await getToken();

  time = 14.5 * MINUTE - 1;
  expect(await getToken()).toBe(first);
  time = 14.5 * MINUTE;
  expect(await getToken()).not.toBe(first);
  expect(issuer.requests).toHaveLength(2);
});

test("a clock that is a year ahead does not cause more requests", async () => {
  await using issuer = await serve(issuing());
  const getToken = sourceAt(issuer.url, { now: () => Date.now() + 365 * 24 * 60 * MINUTE });
  expect(await getToken()).toBe(await getToken());
  expect(issuer.requests).toHaveLength(1);
});

test("concurrent callers share one request", async () => {
  await using issuer = await serve(issuing());
  const getToken = sourceAt(issuer.url);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => getToken()));
  expect(new Set(tokens).size).toBe(1);
  expect(issuer.requests).toHaveLength(1);
});

test("a rejected token is replaced once, even if several callers report it", async () => {
  await using issuer = await serve(issuing());
  const getToken = sourceAt(issuer.url);
  const old = await getToken();
  const renewed = await getToken(old);
  expect(await getToken(old)).toBe(renewed);
  expect(issuer.requests).toHaveLength(2);
});

test("a 401 from the issuer is reported as SignedOut", async () => {
  await using issuer = await serve((_, response) => respond(response, 401, {}));
  await expect(sourceAt(issuer.url)()).rejects.toBeInstanceOf(SignedOut);
});

test.each([429, 500, 502, 503])("a %i from the issuer is reported as Unreachable", async (status) => {
  await using issuer = await serve((_, response) => respond(response, status, {}));
  await expect(sourceAt(issuer.url)()).rejects.toMatchObject({ name: "Unreachable", server: "issuer" });
});

test("a refused connection is reported as Unreachable", async () => {
  const error = await sourceAt(await unusedUrl())().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unreachable);
  expect(error).toMatchObject({ server: "issuer", timedOut: false });
});

test("the request times out if the issuer does not respond", async () => {
  await using issuer = await serve(() => undefined);
  const getToken = sourceAt(issuer.url, { timeoutMs: 50 });
  await expect(getToken()).rejects.toMatchObject({ server: "issuer", timedOut: true });
});

test("after an error the next caller sends a new request", async () => {
  let up = false;
  const token = tokenFor(900);
  await using issuer = await serve((_, response) => respond(response, up ? 200 : 500, { token }));
  const getToken = sourceAt(issuer.url);
  await expect(getToken()).rejects.toBeInstanceOf(Unreachable);
  up = true;
  expect(await getToken()).toBe(token);
});
