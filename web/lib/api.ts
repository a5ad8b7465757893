import createClient from "openapi-fetch";
import { SignedOut, Unreachable } from "./errors";
import { failure } from "./problem";
import type { components, paths } from "./service";
import type { TokenSource } from "./token";

const TIMEOUT_MS = 30_000;

export type Schemas = components["schemas"];
export type Api = ReturnType<typeof createApi>;

export interface ApiOptions {
  /** Where the paths of the service begin: "https://api.example.com", or "/backend". */
  baseUrl: string;
  getToken: TokenSource;
  /** How long the service may take to begin its answer. */
  timeoutMs?: number;
}

/**
 * The one door to the service, typed by its OpenAPI document. An answer that is not 2xx, or
 * none, throws as `lib/errors.ts` says.
 */
export function createApi({ baseUrl, getToken, timeoutMs = TIMEOUT_MS }: ApiOptions) {
  async function ask(request: Request): Promise<Response> {
    const { signal } = request;
    const token = await unlessAborted(signal, getToken());
    const first = await send(request.clone(), token, timeoutMs);
    if (first.status !== 401) return accepted(first);
    await first.body?.cancel();
    const renewed = await unlessAborted(signal, getToken(token));
    return accepted(await send(request, renewed, timeoutMs));
  }

  return createClient<paths>({ baseUrl, fetch: ask });
}

/** Returns what a call answers: `await answer(api.GET(...))`; of a 204 it is undefined. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  // Whatever is not 2xx has thrown.
  return (await call).data as T;
}

async function accepted(response: Response): Promise<Response> {
  if (response.ok) return response;
  const error = await failure(response);
  throw response.status === 401 && isOver(error) ? new SignedOut() : error;
}

function isOver(error: Error): boolean {
  return "code" in error && error.code === "user_unknown";
}

async function send(request: Request, token: string, timeoutMs: number): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const headers = new Headers(request.headers);
  headers.set("Authorization", `Bearer ${token}`);
  const signal = AbortSignal.any([request.signal, late.signal]);
  try {
    return await fetch(new Request(request, { headers, signal }));
  } catch (cause) {
    request.signal.throwIfAborted();
    throw new Unreachable("service", { timedOut: late.signal.aborted, cause });
  } finally {
    clearTimeout(timer); // a long export may go on for longer than its beginning may take
  }
}

// The token is for all callers, so one who leaves must not take the request for it along.
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
