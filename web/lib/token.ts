import { SignedOut, Unreachable } from "./errors";

const RENEW_BEFORE_MS = 30_000;
const TIMEOUT_MS = 15_000;

/** What `authClient.token()` of Better Auth's `jwtClient()` answers. */
export interface TokenAnswer {
  data: { token: string } | null;
  error: { status: number } | null;
}

export interface TokenSource {
  /**
   * Returns a token that is good for 30 seconds more, if the issuer gives such long ones, and is
   * not `rejected`. Throws `SignedOut` and `Unreachable`.
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

/** Keeps one token in memory, and asks for the next one once, however many callers wait. */
export function createTokenSource(
  ask: () => Promise<TokenAnswer>,
  { now = Date.now, timeoutMs = TIMEOUT_MS }: Options = {},
): TokenSource {
  let token: Token | undefined;
  let renewal: Promise<Token> | undefined;

  async function renew(): Promise<Token> {
    const askedAt = now();
    const text = await within(timeoutMs, askIssuer(ask));
    token = { text, renewAt: askedAt + lifetimeMs(text) - RENEW_BEFORE_MS };
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

async function askIssuer(ask: () => Promise<TokenAnswer>): Promise<string> {
  const { data, error } = await ask().catch((cause: unknown) => {
    throw new Unreachable("issuer", { cause });
  });
  if (data) return data.token;
  if (error?.status === 401) throw new SignedOut();
  throw new Unreachable("issuer", { cause: error });
}

// From its own two times, so that a clock that is wrong here does not matter.
function lifetimeMs(token: string): number {
  try {
    const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const { iat, exp } = JSON.parse(atob(payload)) as { iat?: unknown; exp?: unknown };
    return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : 0;
  } catch {
    return 0; // whoever can't read it can't keep it; the service says what is wrong with it
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unreachable("issuer", { timedOut: true })), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
