import { SignedOut, Unreachable } from "./errors";

const RENEW_BEFORE_MS = 30_000;
const TIMEOUT_MS = 15_000;

/** The result of `authClient.token()` of Better Auth's `jwtClient()`. */
export interface TokenResult {
  data: { token: string } | null;
  error: { status: number } | null;
}

export interface TokenSource {
  /**
   * Return a token that is not `rejected` and is valid for at least 30 more seconds, or a new token
   * if the issuer's tokens are shorter-lived. Throws `SignedOut` and `Unreachable`.
   */
  (rejected?: string): Promise<string>;
}

interface Options {
  now?: () => number;
  timeoutMs?: number;
}

interface Token {
  text: string;
  renewAt: number;
}

/** Cache one token in memory. Callers that wait for the next token share one request. */
export function createTokenSource(
  requestToken: () => Promise<TokenResult>,
  { now = Date.now, timeoutMs = TIMEOUT_MS }: Options = {},
): TokenSource {
  let token: Token | undefined;
  let renewal: Promise<Token> | undefined;

  async function renew(): Promise<Token> {
    const requestedAt = now();
    const text = await withTimeout(timeoutMs, tokenOrThrow(requestToken));
    token = { text, renewAt: requestedAt + lifetimeMs(text) - RENEW_BEFORE_MS };
    return token;
  }

  return async (rejected) => {
    if (token && token.text !== rejected && now() < token.renewAt) return token.text;
    renewal ??= renew().finally(() => {
      renewal = undefined;
    });
    return (await renewal).text;
  };
}

async function tokenOrThrow(requestToken: () => Promise<TokenResult>): Promise<string> {
  const { data, error } = await requestToken().catch((cause: unknown) => {
    throw new Unreachable("issuer", { cause });
  });
  if (data) return data.token;
  if (error?.status === 401) throw new SignedOut();
  throw new Unreachable("issuer", { cause: error });
}

// The difference of the two times in the token, so that a wrong clock on this device does not matter.
function lifetimeMs(token: string): number {
  try {
    const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const { iat, exp } = JSON.parse(atob(payload)) as { iat?: unknown; exp?: unknown };
    return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : 0;
  } catch {
    return 0; // an unreadable token is not cached; the service will report what is wrong with it
  }
}

async function withTimeout<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unreachable("issuer", { timedOut: true })), milliseconds);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
