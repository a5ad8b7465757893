import { Unreachable } from "./errors";
import type { TokenSource } from "./token";

const TIMEOUT_MS = 30_000;

export interface AuthorizedFetchOptions {
  getToken: TokenSource;
  /** How long to wait for the beginning of a response, in milliseconds. */
  timeoutMs?: number;
}

/**
 * Create a `fetch` that sends a token with each request. After a 401, it sends the request again with a
 * new token, once. Throws `SignedOut` and `Unreachable`.
 */
export function createAuthorizedFetch({ getToken, timeoutMs = TIMEOUT_MS }: AuthorizedFetchOptions): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    const token = await unlessAborted(signal, getToken());
    const first = await send(request.clone(), token, timeoutMs);
    if (first.status !== 401) return first;
    await first.body?.cancel();
    const renewed = await unlessAborted(signal, getToken(token));
    return send(request, renewed, timeoutMs);
  };
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
