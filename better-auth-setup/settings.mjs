// The settings of every Better Auth server in this repository, and the function that checks them.

import { z } from "zod";

export const origin = z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin);

const seconds = z
  .string()
  .regex(/^[1-9]\d*$/)
  .transform(Number)
  .optional()
  .describe("a whole number of seconds, 1 or more");

// The error message for a setting ends with "expected" and the description of the setting.
export const authSettings = {
  BETTER_AUTH_URL: origin.describe("the public address of this server, such as https://app.example.com"),
  BETTER_AUTH_SECRET: z
    .string()
    .min(32)
    .describe("at least 32 random characters; never change them, because they decrypt the signing keys"),
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:\/\/\/[^?]|postgres(ql)?:\/\/.)/)
    .describe("sqlite:///file.db or postgresql://user@host/name"),
  // A unit is required: Better Auth reads a bare number as a time in Unix seconds, so 900 would mean 1970.
  JWT_EXPIRATION: z
    .string()
    .regex(/^[1-9]\d*[smhd]$/)
    .default("15m")
    .describe("a number with a unit, such as 30s, 15m, 1h or 1d"),
  JWT_ROTATION_SECONDS: seconds,
  JWT_GRACE_SECONDS: seconds,
  MAIL_URL: z
    .string()
    .regex(/^smtps?:\/\/./)
    .optional()
    .describe("the mail server, such as smtps://user:password@mail.example.com or smtp://localhost:25"),
  MAIL_FROM: z
    .string()
    .default("no-reply@localhost")
    .describe("the sender of mails, such as Daylist <no-reply@example.com>"),
  TRUSTED_PROXIES: z
    .string()
    .regex(/^\d$/)
    .transform(Number)
    .default(0)
    .describe("the number of proxies in front of this server that add to X-Forwarded-For, from 0 to 9"),
  // The same words as for the switches of the service, in any case.
  RATE_LIMIT: z
    .string()
    .trim()
    .pipe(z.stringbool({ truthy: ["true", "on", "yes", "1"], falsy: ["false", "off", "no", "0"] }))
    .default(true)
    .describe("true or false"),
};

export function readSettings(shape, env) {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const result = z.object(shape).safeParse(present);
  if (result.success) return result.data;
  const names = new Set(result.error.issues.map(({ path }) => path[0]));
  // Without the value: a secret or a password must not appear in a log.
  const messages = [...names].map(
    (name) => `${name} is ${name in present ? "invalid" : "not set"}; expected ${shape[name].description}`,
  );
  throw new Error(messages.join("\n"));
}
