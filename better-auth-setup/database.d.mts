import type { BetterAuthOptions } from "better-auth";

export interface AuthDatabase {
  /** The value of Better Auth's option `database`. */
  option: NonNullable<BetterAuthOptions["database"]>;
  /**
   * Create Better Auth's tables, or add what a newer release needs. If several processes start at
   * once, one of them migrates and the others wait.
   */
  migrate(options: BetterAuthOptions): Promise<void>;
  /** Delete a user and all rows of the user in one transaction, between the transactions of the service. */
  deleteUser(user: { id: string; uuid: string }): Promise<void>;
  /**
   * Count an attempt. Returns the seconds until the next attempt is allowed, or 0 if this one is allowed:
   * at most `max` attempts in `window` seconds.
   */
  countAttempt(key: string, rule: { window: number; max: number }): Promise<number>;
  forgetAttempts(keys: string[]): Promise<void>;
  close(): Promise<void> | void;
}

/** Open `sqlite:///file.db` or `postgresql://user@host/name`. */
export function openDatabase(url: string): AuthDatabase;
