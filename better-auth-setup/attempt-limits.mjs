// Limits of attempts to guess a password, as a plugin of Better Auth. The counts are in the database.

import { createHash, randomUUID } from "node:crypto";
import { APIError, createAuthMiddleware, getIP, getSessionFromCtx } from "better-auth/api";

const MINUTE = 60;
const SIGN_INS_PER_ADDRESS = { window: MINUTE, max: 20 };
const FAILURES_PER_ACCOUNT = { window: 15 * MINUTE, max: 10 };
const RESETS_PER_ACCOUNT = { window: 60 * MINUTE, max: 5 };
const DEVICE_COOKIE_SECONDS = 400 * 24 * 60 * MINUTE; // the longest time that browsers accept

// Paths that check the password of the signed-in user.
const PASSWORD_PATHS = ["/change-password", "/delete-user"];

/**
 * Limit sign-ins per address and per account, requests of a password reset per account, and checks of
 * the password per signed-in user.
 *
 * Otherwise someone who knows an e-mail address could lock its owner out, so a browser in which the
 * owner has signed in before has a limit of its own. A signed cookie identifies the browser (OWASP,
 * "Slow Down Online Guessing Attacks with Device Cookies").
 */
export function attemptLimits({ countAttempt, forgetAttempts }) {
  const resets = new WeakMap();

  const before = createAuthMiddleware(async (ctx) => {
    if (ctx.path === "/sign-in/email") {
      const account = hash(ctx.body?.email);
      const device = await knownDevice(ctx, account);
      if (device) return spend(`device|${device}`, FAILURES_PER_ACCOUNT);
      await spend(`address|${getIP(ctx.request ?? ctx.headers, ctx.context.options)}`, SIGN_INS_PER_ADDRESS);
      await spend(`account|${account}`, FAILURES_PER_ACCOUNT);
    } else if (ctx.path === "/request-password-reset") {
      await spend(`reset|${hash(ctx.body?.email)}`, RESETS_PER_ACCOUNT);
    } else if (PASSWORD_PATHS.includes(ctx.path)) {
      const session = await getSessionFromCtx(ctx);
      if (session) await spend(`user|${session.user.id}`, FAILURES_PER_ACCOUNT);
    }
  });

  const after = createAuthMiddleware(async (ctx) => {
    if (ctx.context.returned instanceof Error) return;
    if (PASSWORD_PATHS.includes(ctx.path)) await forgetAttempts([`user|${ctx.context.session?.user.id}`]);
    const email = ctx.path === "/reset-password" ? resets.get(ctx.request) : ctx.context.newSession?.user.email;
    if (email) await rememberDevice(ctx, hash(email));
  });

  async function spend(key, rule) {
    const seconds = await countAttempt(key, rule);
    if (!seconds) return;
    const body = { code: "TOO_MANY_ATTEMPTS", message: `Try again in ${seconds} seconds.`, retryAfter: seconds };
    throw new APIError("TOO_MANY_REQUESTS", body, { "Retry-After": String(seconds) });
  }

  async function rememberDevice(ctx, account) {
    const device = (await knownDevice(ctx, account)) ?? `${account}.${randomUUID()}`;
    await forgetAttempts([`account|${account}`, `device|${device}`]);
    const { name, attributes } = deviceCookie(ctx, account);
    await ctx.setSignedCookie(name, device, ctx.context.secret, attributes);
  }

  return {
    id: "attempt-limits",
    schema: {
      passwordAttempt: {
        fields: {
          key: { type: "string", required: true, unique: true },
          count: { type: "number", required: true },
          startedAt: { type: "number", bigint: true, required: true },
        },
      },
    },
    hooks: {
      before: [{ matcher: () => true, handler: before }],
      after: [{ matcher: () => true, handler: after }],
    },
    /** For Better Auth's option `onPasswordReset`: the hook that runs after a reset does not get the user. */
    onPasswordReset: async ({ user }, request) => void resets.set(request, user.email),
  };
}

// One cookie for each account that is used in a browser.
function deviceCookie(ctx, account) {
  return ctx.context.createAuthCookie(`device_${account.slice(0, 16)}`, { maxAge: DEVICE_COOKIE_SECONDS });
}

async function knownDevice(ctx, account) {
  const device = await ctx.getSignedCookie(deviceCookie(ctx, account).name, ctx.context.secret);
  return device && device.startsWith(`${account}.`) ? device : null;
}

/** Return a hash of an e-mail address, so that the counts in the database contain no addresses. */
function hash(email) {
  return createHash("sha256").update(String(email).toLowerCase()).digest("hex");
}
