import "server-only";
import { z } from "zod";

const address = z.url({ protocol: /^https?$/ });
const origin = address.transform((url) => new URL(url).origin);
const seconds = z.coerce.number().int().min(1).optional();

const schema = z.object({
  BETTER_AUTH_URL: origin,
  BETTER_AUTH_SECRET: z.string().min(32),
  // The standalone server changes its directory, so a relative file would be another one.
  DATABASE_URL: z.string().regex(/^(sqlite:\/\/\/\/[^?]|postgres(ql)?:\/\/.)/),
  SERVICE_URL: origin,
  SERVICE_PUBLIC_URL: origin.optional(),
  JWT_EXPIRATION: z.string().regex(/^[1-9]\d*[smhd]$/).default("15m"),
  JWT_ROTATION_SECONDS: seconds,
  JWT_GRACE_SECONDS: seconds,
  RATE_LIMIT: z.enum(["on", "off"]).default("on"),
});

const REMEDIES: Record<keyof typeof schema.shape, string> = {
  BETTER_AUTH_URL: "the public address of this front end, such as https://app.example.com",
  BETTER_AUTH_SECRET: "at least 32 random characters, and keep them: they unlock the signing keys",
  DATABASE_URL:
    "the database that the service uses, sqlite:////absolute/file.db or postgresql://user@host/name",
  SERVICE_URL: "where this server reaches the service, such as http://localhost:8000",
  SERVICE_PUBLIC_URL:
    "where browsers reach the service by themselves, or leave it out to pass all through this server",
  JWT_EXPIRATION: "a number with a unit, such as 30s, 15m, 1h or 1d",
  JWT_ROTATION_SECONDS: "a whole number of seconds, 1 or more",
  JWT_GRACE_SECONDS: "a whole number of seconds, 1 or more",
  RATE_LIMIT: "on, or off for tests",
};

export type Env = z.output<typeof schema>;
type Source = Readonly<Record<string, string | undefined>>;

/** Reads the settings of this server; an empty variable counts as not set. */
export function parseEnv(source: Source): Env {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  const names = new Set(result.error.issues.map((issue) => issue.path[0] as keyof Env));
  throw new Error([...names].map((name) => fault(name, name in present)).join("\n"));
}

function fault(name: keyof Env, present: boolean): string {
  return `${name} is ${present ? "wrong" : "not set"}. Set it to ${REMEDIES[name]}.`;
}

let parsed: Env | undefined;

// Not when it is imported: a build has no settings, and needs none.
export function env(): Env {
  return (parsed ??= parseEnv(process.env));
}
