import type { BetterAuthOptions } from "better-auth";

export interface AuthDatabase {
  /** The value of Better Auth's option `database`. */
  option: NonNullable<BetterAuthOptions["database"]>;
  /**
   * Create Better Auth's tables, or add what a newer release needs. If several processes start at
   * once, one of them migrates and the others wait.
   */
  migrate(options: BetterAuthOptions): Promise<void>;
  close(): Promise<void> | void;
}

/** Open `sqlite:///file.db` or `postgresql://user@host/name`. */
export function openDatabase(url: string): AuthDatabase;
