import type { BetterAuthOptions } from "better-auth";
import type { jwt } from "better-auth/plugins";
import type { AuthDatabase } from "./database.mjs";
import type { AuthSettings } from "./settings.mjs";

/** Better Auth infers the type of a session's user and of its API from these literal types. */
interface SharedOptions extends BetterAuthOptions {
  user: { additionalFields: { uuid: { type: "string"; required: true; input: false } } };
  plugins: [ReturnType<typeof jwt>];
}

/** Return the options of a Better Auth server. `JWT_ALGORITHM` is EdDSA if it is left out. */
export function authOptions(
  settings: AuthSettings & { JWT_ALGORITHM?: "EdDSA" | "ES256" | "ES512" | "PS256" | "RS256" },
  database: AuthDatabase,
): SharedOptions;
