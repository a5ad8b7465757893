import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { expect, test } from "vitest";
import { SignedOut, Unreachable } from "./errors";
import { deadAddress, respond, serve, tokenFor } from "./testing/server";
import type { Handler } from "./testing/server";
import { createTokenSource } from "./token";

const MINUTE = 60_000;

function sourceAt(url: string, options?: Parameters<typeof createTokenSource>[1]) {
  const client = createAuthClient({ baseURL: url, plugins: [jwtClient()] });
  return createTokenSource(() => client.token(), options);
}

/** Gives a token of 15 minutes, another one each time. */
function issuing(): Handler {
  let count = 0;
  return (_, response) => respond(response, 200, { token: tokenFor(15 * 60, String(++count)) });
}

test("a token is kept until 30 seconds before it expires", async () => {
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

test("a clock that is a year ahead does not ask more often", async () => {
  await using issuer = await serve(issuing());
  const getToken = sourceAt(issuer.url, { now: () => Date.now() + 365 * 24 * 60 * MINUTE });
  expect(await getToken()).toBe(await getToken());
  expect(issuer.requests).toHaveLength(1);
});

test("callers at the same time share one request", async () => {
  await using issuer = await serve(issuing());
  const getToken = sourceAt(issuer.url);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => getToken()));
  expect(new Set(tokens).size).toBe(1);
  expect(issuer.requests).toHaveLength(1);
});

test("a rejected token is replaced once, though many had it", async () => {
  await using issuer = await serve(issuing());
  const getToken = sourceAt(issuer.url);
  const old = await getToken();
  const renewed = await getToken(old);
  expect(await getToken(old)).toBe(renewed);
  expect(issuer.requests).toHaveLength(2);
});

test("no session is being signed out", async () => {
  await using issuer = await serve((_, response) => respond(response, 401, {}));
  await expect(sourceAt(issuer.url)()).rejects.toBeInstanceOf(SignedOut);
});

test.each([429, 500, 502, 503])("an issuer that answers %i is down, nobody is signed out", async (status) => {
  await using issuer = await serve((_, response) => respond(response, status, {}));
  await expect(sourceAt(issuer.url)()).rejects.toMatchObject({ name: "Unreachable", party: "issuer" });
});

test("an issuer that does not listen is down", async () => {
  const error = await sourceAt(await deadAddress())().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unreachable);
  expect(error).toMatchObject({ party: "issuer", timedOut: false });
});

test("an issuer that never answers is given up", async () => {
  await using issuer = await serve(() => undefined);
  const getToken = sourceAt(issuer.url, { timeoutMs: 50 });
  await expect(getToken()).rejects.toMatchObject({ party: "issuer", timedOut: true });
});

test("after a failure the next caller asks again", async () => {
  let up = false;
  const token = tokenFor(900);
  await using issuer = await serve((_, response) => respond(response, up ? 200 : 500, { token }));
  const getToken = sourceAt(issuer.url);
  await expect(getToken()).rejects.toBeInstanceOf(Unreachable);
  up = true;
  expect(await getToken()).toBe(token);
});
