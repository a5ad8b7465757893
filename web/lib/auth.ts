import "server-only";
import { randomUUID } from "node:crypto";
import { betterAuth } from "better-auth";
import type { BetterAuthOptions } from "better-auth";
import { nextCookies } from "better-auth/next-js";
import { jwt } from "better-auth/plugins";
import { openDatabase } from "issuer/database.mjs";
import { migrate } from "issuer/migrate.mjs";
import { env } from "./env";
import type { Env } from "./env";

function authOptions(settings: Env, database: BetterAuthOptions["database"]) {
  return {
    baseURL: settings.BETTER_AUTH_URL,
    secret: settings.BETTER_AUTH_SECRET,
    database,
    emailAndPassword: { enabled: true },
    user: {
      deleteUser: { enabled: true },
      additionalFields: {
        // The name that the service knows a user by. A client that sends one is refused.
        uuid: {
          type: "string",
          required: true,
          unique: true,
          input: false,
          defaultValue: () => randomUUID(),
        },
      },
    },
    rateLimit: { enabled: settings.RATE_LIMIT === "on" },
    telemetry: { enabled: false },
    plugins: [
      jwt({
        jwks: {
          rotationInterval: settings.JWT_ROTATION_SECONDS,
          gracePeriod: settings.JWT_GRACE_SECONDS,
        },
        jwt: { expirationTime: settings.JWT_EXPIRATION },
      }),
      nextCookies(), // last, so that it sees the cookies of all others
    ],
  } satisfies BetterAuthOptions;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

// Not when they are imported: a build has no settings and no database.
const database = once(() => openDatabase(env().DATABASE_URL));
const options = once(() => authOptions(env(), database().options));

/** Better Auth of this server. */
export const auth = once(() => betterAuth(options()));

/** Makes Better Auth's tables, or adds what a newer release misses. */
export function migrateAuth(): Promise<void> {
  return migrate(options(), database());
}
