import createClient from "openapi-fetch";
import { Unreachable } from "./errors";
import { readError } from "./problem";
import type { components, paths } from "./service";
import type { TokenSource } from "./token";

const TIMEOUT_MS = 30_000;

export type Schemas = components["schemas"];
export type Api = ReturnType<typeof createApi>;

export interface ApiOptions {
  /** Prefix of every path of the service: "https://api.example.com", or "/backend". */
  baseUrl: string;
  getToken: TokenSource;
  /** How long to wait for the beginning of a response, in milliseconds. */
  timeoutMs?: number;
}

/**
 * Create the client for the service, typed by its OpenAPI document. Calls throw the errors of
 * `lib/errors.ts` for a response that is not 2xx, and if there is no response.
 */
export function createApi({ baseUrl, getToken, timeoutMs = TIMEOUT_MS }: ApiOptions) {
  async function fetchWithToken(request: Request): Promise<Response> {
    const { signal } = request;
    const token = await unlessAborted(signal, getToken());
    const first = await send(request.clone(), token, timeoutMs);
    if (first.status !== 401) return okOrThrow(first);
    await first.body?.cancel();
    const renewed = await unlessAborted(signal, getToken(token));
    return okOrThrow(await send(request, renewed, timeoutMs));
  }

  return createClient<paths>({ baseUrl, fetch: fetchWithToken });
}

/** Return the body of a response: `await responseData(api.GET(...))`. It is undefined for a 204. */
export async function responseData<T>(call: Promise<{ data?: T }>): Promise<T> {
  // A response that is not 2xx has thrown already.
  return (await call).data as T;
}

/** Return the ids by which the change of a response can be undone: one, or none if no task was changed. */
export function changesOf(response: Response): string[] {
  const id = response.headers.get("Change-Id");
  return id === null ? [] : [id];
}

async function okOrThrow(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw await readError(response);
}

async function send(request: Request, token: string, timeoutMs: number): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const headers = new Headers(request.headers);
  headers.set("Authorization", `Bearer ${token}`);
  const signal = AbortSignal.any([request.signal, timeout.signal]);
  try {
    return await fetch(new Request(request, { headers, signal }));
  } catch (cause) {
    request.signal.throwIfAborted();
    throw new Unreachable("service", { timedOut: timeout.signal.aborted, cause });
  } finally {
    clearTimeout(timer); // the timeout is for the beginning of a response; a long export may take longer
  }
}

// All callers share the request for a token, so an aborted caller must not abort that request.
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
