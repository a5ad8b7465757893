import "server-only";
import { migrateAuth } from "./auth";

/** Migrate Better Auth's tables before the server accepts requests; log the error and exit on failure. */
export async function start(): Promise<void> {
  try {
    await migrateAuth();
  } catch (error) {
    console.error(`web: ${reason(error)}`);
    process.exit(1);
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An error for a refused connection to both addresses of localhost has a code, but no message.
  return error.message || ("code" in error ? String(error.code) : error.name);
}
