import { expect, test } from "vitest";
import { createApi, responseData } from "./api";
import { ApiError, SignedOut, Unreachable } from "./errors";
import { unusedUrl, respond, serve } from "./testing/server";
import type { Handler } from "./testing/server";
import type { TokenSource } from "./token";

const USER = "00000000-0000-4000-8000-000000000001";
const TASK = "00000000-0000-4000-8000-000000000002";
const me = { id: "1", uuid: USER, email: "ada@example.com", name: "Ada" };
const path = { user_id: USER, task_id: TASK };

const oldThenNew: TokenSource = async (rejected) => (rejected ? "new" : "old");

function apiAt(baseUrl: string, getToken = oldThenNew) {
  return createApi({ baseUrl, getToken });
}

function problem(status: number, code: string, more: object = {}): Handler {
  const body = { type: "about:blank", title: "", status, detail: "Why.", code, request_id: "r-1" };
  return (_, response) => respond(response, status, { ...body, ...more });
}

async function errorOf(handler: Handler): Promise<unknown> {
  await using service = await serve(handler);
  return await apiAt(service.url).GET("/api/v1/me").catch((error: unknown) => error);
}

test("a request carries the token, and the response body is returned", async () => {
  await using service = await serve((_, response) => respond(response, 200, me));
  expect(await responseData(apiAt(service.url).GET("/api/v1/me"))).toEqual(me);
  expect(service.requests[0]?.headers.authorization).toBe("Bearer old");
});

test("the body of a 204 is undefined", async () => {
  await using service = await serve((_, response) => response.writeHead(204).end());
  const call = apiAt(service.url).DELETE("/api/v1/{user_id}/tasks/{task_id}", { params: { path } });
  expect(await responseData(call)).toBeUndefined();
});

test("after a 401 the same request is sent again with a new token", async () => {
  const bodies: string[] = [];
  await using service = await serve(async (request, response) => {
    bodies.push(Buffer.concat(await request.toArray()).toString());
    const renewed = request.headers.authorization === "Bearer new";
    respond(response, renewed ? 201 : 401, {});
  });
  const init = { params: { path }, body: { title: "Water the plants" } };
  await apiAt(service.url).POST("/api/v1/{user_id}/tasks", init as never);
  expect(bodies).toEqual(Array(2).fill('{"title":"Water the plants"}'));
});

test("a second 401 is not retried", async () => {
  await using service = await serve(problem(401, "key_unknown"));
  const call = apiAt(service.url).GET("/api/v1/me");
  await expect(call).rejects.toMatchObject({ status: 401, code: "key_unknown" });
  expect(service.requests).toHaveLength(2);
});

test("an error has the status, code, request ID and field errors of the problem", async () => {
  const errors = [{ field: "title", message: "Too long.", code: "too_long" }];
  const error = await errorOf(problem(422, "validation_failed", { errors }));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 422, code: "validation_failed", detail: "Why.", requestId: "r-1" });
  expect((error as ApiError).field("title")?.code).toBe("too_long");
});

test("the error tasks_unknown lists the missing tasks", async () => {
  const error = await errorOf(problem(404, "tasks_unknown", { unknown: [TASK] }));
  expect(error).toMatchObject({ unknown: [TASK] });
});

test.each(["keys_unavailable", "database_unavailable"])("%s has the value of Retry-After", async (code) => {
  const error = await errorOf((request, response) => {
    response.setHeader("Retry-After", "3");
    problem(503, code)(request, response);
  });
  expect(error).toMatchObject({ status: 503, code, retryAfterSeconds: 3 });
});

test("the status of a proxy's HTML error page is reported", async () => {
  const error = await errorOf((_, response) => response.writeHead(502).end("<h1>Bad gateway</h1>"));
  expect(error).toMatchObject({ name: "ApiError", status: 502, code: "unreadable" });
});

test("the code service_unreachable is reported as Unreachable", async () => {
  const error = await errorOf(problem(503, "service_unreachable"));
  expect(error).toMatchObject({ name: "Unreachable", server: "service" });
});

test("a refused connection is reported as Unreachable", async () => {
  const error = await apiAt(await unusedUrl()).GET("/api/v1/me").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Unreachable);
  expect(error).toMatchObject({ server: "service", timedOut: false });
});

test("a request times out if the service does not respond", async () => {
  await using service = await serve(() => undefined);
  const api = createApi({ baseUrl: service.url, getToken: async () => "old", timeoutMs: 50 });
  await expect(api.GET("/api/v1/me")).rejects.toMatchObject({ server: "service", timedOut: true });
});

test("an aborted request rejects with the abort reason", async () => {
  const controller = new AbortController();
  await using service = await serve(() => controller.abort());
  const call = apiAt(service.url).GET("/api/v1/me", { signal: controller.signal });
  await expect(call).rejects.toMatchObject({ name: "AbortError" });
});

test("an aborted request does not wait for a pending token", async () => {
  const controller = new AbortController();
  const api = apiAt("http://127.0.0.1:1", () => new Promise(() => undefined));
  const call = api.GET("/api/v1/me", { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: "AbortError" });
});

test("no request is sent without a session", async () => {
  await using service = await serve((_, response) => respond(response, 200, me));
  const api = apiAt(service.url, () => Promise.reject(new SignedOut()));
  await expect(api.GET("/api/v1/me")).rejects.toBeInstanceOf(SignedOut);
  expect(service.requests).toHaveLength(0);
});
