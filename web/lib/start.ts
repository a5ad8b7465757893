import "server-only";
import { migrateAuth } from "./auth";
import { checkRequests } from "./check-requests";
import { env } from "./env";

/** Check requests, and migrate Better Auth's tables before the server accepts requests; log the error and exit on failure. */
export async function start(): Promise<void> {
  try {
    checkRequests(env().BETTER_AUTH_URL, env().TRUSTED_PROXIES);
    await migrateAuth();
  } catch (error) {
    // An error for a refused connection to both addresses of localhost has a code, but no message.
    const { message, code } = error as NodeJS.ErrnoException;
    for (const line of (message || code || "unknown error").split("\n")) console.error(`web: ${line}`);
    process.exit(1);
  }
}
