import type { z } from "zod";

export interface AuthSettings {
  BETTER_AUTH_URL: string;
  BETTER_AUTH_SECRET: string;
  DATABASE_URL: string;
  JWT_EXPIRATION: string;
  JWT_ROTATION_SECONDS: number | undefined;
  JWT_GRACE_SECONDS: number | undefined;
  MAIL_URL: string | undefined;
  MAIL_FROM: string;
  TRUSTED_PROXIES: number;
  RATE_LIMIT: boolean;
}

/** An http or https URL, reduced to its origin. */
export const origin: z.ZodType<string>;

/** The settings that every Better Auth server reads; a server spreads them into its own shape. */
export const authSettings: { [Name in keyof AuthSettings]: z.ZodType<AuthSettings[Name]> };

/**
 * Read the settings of `shape` from `env`. An empty variable counts as not set. Throws an `Error`
 * with one line for each setting that is missing or invalid.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: Readonly<Record<string, string | undefined>>,
): z.output<z.ZodObject<Shape>>;
