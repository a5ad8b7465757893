import type { BetterAuthOptions } from "better-auth";

export interface AuthDatabase {
  /** What Better Auth takes as its `database`. */
  options: NonNullable<BetterAuthOptions["database"]>;
  /** Does what Better Auth's own migration can't say. */
  finishSchema(): Promise<unknown> | void;
  /** Runs `work` while no other process migrates the database. */
  alone(work: () => Promise<void>): Promise<void>;
  close(): Promise<void> | void;
}

/** Opens `sqlite:///file.db` or `postgresql://user@host/name`. */
export function openDatabase(url: string): AuthDatabase;
