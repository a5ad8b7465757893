import type { BetterAuthOptions } from "better-auth";
import type { AuthDatabase } from "./database.mjs";

export function migrate(options: BetterAuthOptions, database: AuthDatabase): Promise<void>;
