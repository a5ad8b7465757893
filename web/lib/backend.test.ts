import { expect, test } from "vitest";
import { forward } from "./backend";
import { deadAddress, respond, serve } from "./testing/server";

function asked(path: string, init?: RequestInit): Request {
  return new Request(`http://localhost:3000${path}`, init);
}

test("method, query and body arrive, of the headers only those the service reads", async () => {
  let body = "";
  await using service = await serve(async (request, response) => {
    body = Buffer.concat(await request.toArray()).toString();
    respond(response, 201, {}, { ETag: '"1"' });
  });
  const headers = { Authorization: "Bearer t", Cookie: "session=s", "If-Match": '"0"', Origin: "http://x" };
  const init = { method: "POST", headers, body: "{}" };
  const response = await forward(asked("/backend/api/v1/me/tasks?tz=UTC", init), service.url);

  const seen = service.requests[0];
  expect([seen?.method, seen?.url, body]).toEqual(["POST", "/api/v1/me/tasks?tz=UTC", "{}"]);
  expect(seen?.headers).toMatchObject({ authorization: "Bearer t", "if-match": '"0"' });
  expect(seen?.headers).not.toHaveProperty("cookie");
  expect(seen?.headers).not.toHaveProperty("origin");
  expect([response.status, response.headers.get("ETag")]).toEqual([201, '"1"']);
});

test.each([
  "/backend/readyz",
  "/backend/api/openapi.json",
  "/backend/api/v1",
  "/backend/api/v1/",
  "/backend/api/v1//me",
  "/backend/api/v1/../../readyz",
  "/backend/api/v1/..%2f..%2freadyz",
  "/backend/api/v1/%2e%2e/readyz",
  "/backend/api/v1/..;/me",
  "/backend/api/v1/me%00",
  "/backend/@evil.example/api/v1/me",
])("%s is not passed on", async (path) => {
  await using service = await serve((_, response) => respond(response, 200, {}));
  const response = await forward(asked(path), service.url);
  expect(response.status).toBe(404);
  expect(service.requests).toHaveLength(0);
});

test("an answer begins before it is whole", async () => {
  await using service = await serve((_, response) => response.write("first"));
  const response = await forward(asked("/backend/api/v1/me"), service.url);
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first");
  await reader?.cancel();
});

test("a redirect is passed on, not followed", async () => {
  await using service = await serve((_, response) => {
    response.writeHead(308, { Location: "http://inner.example/" }).end();
  });
  const response = await forward(asked("/backend/api/v1/me"), service.url);
  expect(response.status).toBe(308);
});

test("a service that is down is a problem with a code of its own", async () => {
  const response = await forward(asked("/backend/api/v1/me"), await deadAddress());
  expect(response.status).toBe(503);
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ code: "service_unreachable", status: 503 });
});

test("a browser that leaves takes its request to the service along", async () => {
  const controller = new AbortController();
  let hasLeft: () => void = () => undefined;
  const left = new Promise<void>((resolve) => {
    hasLeft = resolve;
  });
  await using service = await serve((request) => {
    request.on("close", hasLeft);
    controller.abort();
  });
  const { signal } = controller;
  await forward(asked("/backend/api/v1/me", { signal }), service.url);
  await left;
});
