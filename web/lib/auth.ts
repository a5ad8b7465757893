import "server-only";
import { betterAuth } from "better-auth";
import type { BetterAuthOptions } from "better-auth";
import { nextCookies } from "better-auth/next-js";
import { openDatabase } from "better-auth-setup/database.mjs";
import { authOptions } from "better-auth-setup/options.mjs";
import { env } from "./env";

function once<T>(create: () => T): () => T {
  let created: { value: T } | undefined;
  return () => (created ??= { value: create() }).value;
}

// Created at the first use, not at import: a build has no settings and no database.
const database = once(() => openDatabase(env().DATABASE_URL));
const options = once(() => {
  const shared = authOptions(env(), database());
  // nextCookies must be the last plugin: it copies the cookies that the other plugins set.
  return { ...shared, plugins: [...shared.plugins, nextCookies()] } satisfies BetterAuthOptions;
});

/** Return the Better Auth instance of this server. */
export const auth = once(() => betterAuth(options()));

/** Create Better Auth's tables, or add what a newer release needs. */
export function migrateAuth(): Promise<void> {
  return database().migrate(options());
}
