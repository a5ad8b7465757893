import "server-only";
import { SERVICE_UNREACHABLE } from "./problem";

const PREFIX = "/backend";
// No dot and no percent sign: no proxy or server can resolve such a path to a different path.
const ALLOWED_PATH = /^\/api\/v1(\/[A-Za-z0-9_-]+)+$/;
const FORWARDED_HEADERS = ["Accept", "Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Request-ID"];
// RFC 9110, section 7.6.1: these headers apply to one connection only.
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

/** Forward a browser's request to `service`. Bodies are streamed in both directions. */
export async function forward(request: Request, service: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const path = pathname.slice(PREFIX.length);
  if (!ALLOWED_PATH.test(path)) return problem(404, "not_found", "There is no such path.");
  try {
    return streamedResponse(await send(request, `${service}${path}${search}`));
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    console.error(`web: no response from the service at ${service}: ${cause(error)}`);
    return problem(503, SERVICE_UNREACHABLE, "The service does not respond.");
  }
}

function send(request: Request, url: string): Promise<Response> {
  const headers = new Headers({ "Accept-Encoding": "identity" });
  for (const name of FORWARDED_HEADERS) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const { method, body, signal } = request;
  // Node's fetch requires `duplex` for a body that is a stream. The DOM types don't have it.
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

function streamedResponse({ status, statusText, headers, body }: Response): Response {
  const forwarded = new Headers(headers);
  for (const name of HOP_BY_HOP) forwarded.delete(name);
  forwarded.set("X-Accel-Buffering", "no"); // nginx must not buffer the stream
  const isEventStream = forwarded.get("Content-Type")?.startsWith("text/event-stream");
  if (isEventStream) forwarded.append("Cache-Control", "no-transform"); // Next would compress it, event by event
  return new Response(body, { status, statusText, headers: forwarded });
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
