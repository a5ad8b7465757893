import "server-only";
import { SERVICE_UNREACHABLE } from "./problem";

const PREFIX = "/backend";
// No dot and no percent sign: nothing that anyone on the way could read as another path.
const OPEN_PATH = /^\/api\/v1(\/[A-Za-z0-9_-]+)+$/;
const PASSED = ["Accept", "Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Request-ID"];
const HOP_BY_HOP = [
  "Connection",
  "Keep-Alive",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
];

/** Passes a request of the browser on to `service`; bodies are streamed both ways. */
export async function forward(request: Request, service: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const path = pathname.slice(PREFIX.length);
  if (!OPEN_PATH.test(path)) return problem(404, "not_found", "There is no such route.");
  try {
    return answered(await ask(request, `${service}${path}${search}`));
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    console.error(`web: the service at ${service}: ${cause(error)}`);
    return problem(503, SERVICE_UNREACHABLE, "The service does not answer.");
  }
}

function ask(request: Request, url: string): Promise<Response> {
  const headers = new Headers({ "Accept-Encoding": "identity" });
  for (const name of PASSED) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const { method, body, signal } = request;
  // Node's fetch wants `duplex` for a body that is a stream; the types of the DOM lack it.
  const init: RequestInit & { duplex: "half" } = {
    method,
    headers,
    body,
    signal,
    duplex: "half",
    redirect: "manual",
    cache: "no-store",
  };
  return fetch(url, init);
}

function answered({ status, statusText, headers, body }: Response): Response {
  const passed = new Headers(headers);
  for (const name of HOP_BY_HOP) passed.delete(name);
  passed.set("X-Accel-Buffering", "no");
  return new Response(body, { status, statusText, headers: passed });
}

function problem(status: number, code: string, detail: string): Response {
  const title = status === 404 ? "Not Found" : "Service Unavailable";
  const body = { type: "about:blank", title, status, detail, code, request_id: crypto.randomUUID() };
  const headers = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };
  return new Response(JSON.stringify(body), { status, headers });
}

function cause(error: unknown): string {
  const inner = error instanceof Error ? (error.cause ?? error) : error;
  return inner instanceof Error ? inner.message : String(inner);
}
