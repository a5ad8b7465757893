import { expect, test } from "vitest";
import { forward } from "./backend";
import { unusedUrl, respond, serve } from "./testing/server";

function browserRequest(path: string, init?: RequestInit): Request {
  return new Request(`http://localhost:3000${path}`, init);
}

test("method, query and body are forwarded, but only the headers that the service reads", async () => {
  let body = "";
  await using service = await serve(async (request, response) => {
    body = Buffer.concat(await request.toArray()).toString();
    respond(response, 201, {}, { ETag: '"1"' });
  });
  const headers = { Authorization: "Bearer t", Cookie: "session=s", "If-Match": '"0"', Origin: "http://x" };
  const init = { method: "POST", headers, body: "{}" };
  const response = await forward(browserRequest("/backend/api/v1/me/tasks?tz=UTC", init), service.url);

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
])("%s is not forwarded", async (path) => {
  await using service = await serve((_, response) => respond(response, 200, {}));
  const response = await forward(browserRequest(path), service.url);
  expect(response.status).toBe(404);
  expect(service.requests).toHaveLength(0);
});

test("a response is streamed", async () => {
  await using service = await serve((_, response) => response.write("first"));
  const response = await forward(browserRequest("/backend/api/v1/me"), service.url);
  const reader = response.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first");
  await reader?.cancel();
});

test("a stream of events must not be compressed on its way", async () => {
  await using service = await serve((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" }).end();
  });
  const response = await forward(browserRequest("/backend/api/v1/me/chat"), service.url);
  expect(response.headers.get("Cache-Control")).toBe("no-cache, no-transform");
});

test("a redirect is forwarded, not followed", async () => {
  await using service = await serve((_, response) => {
    response.writeHead(308, { Location: "http://inner.example/" }).end();
  });
  const response = await forward(browserRequest("/backend/api/v1/me"), service.url);
  expect(response.status).toBe(308);
});

test("a problem with the code service_unreachable is returned if the service is down", async () => {
  const response = await forward(browserRequest("/backend/api/v1/me"), await unusedUrl());
  expect(response.status).toBe(503);
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ code: "service_unreachable", status: 503 });
});

test("aborting the browser's request aborts the request to the service", async () => {
  const controller = new AbortController();
  let onClose: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    onClose = resolve;
  });
  await using service = await serve((request) => {
    request.on("close", onClose);
    controller.abort();
  });
  const { signal } = controller;
  await forward(browserRequest("/backend/api/v1/me", { signal }), service.url);
  await closed;
});
