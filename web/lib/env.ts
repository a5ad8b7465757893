import "server-only";
import { authSettings, origin, readSettings } from "better-auth-setup/settings.mjs";
import { z } from "zod";

// The error message for a setting ends with "expected" and the description of the setting.
const shape = {
  ...authSettings,
  // The standalone server changes its working directory, so a relative path would be another file.
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:\/\/\/\/[^?]|postgres(ql)?:\/\/.)/)
    .describe("the service's database: sqlite:////absolute/file.db or postgresql://user@host/name"),
  SERVICE_URL: origin.describe("the address at which this server reaches the service, such as http://localhost:8000"),
  SERVICE_PUBLIC_URL: origin
    .optional()
    .describe("the service's address for browsers, such as https://api.example.com; omit it to forward requests"),
  CHATKIT_DOMAIN_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/)
    .optional()
    .describe("the domain key of OpenAI's ChatKit window; omit it to use the built-in panel"),
};

export type Env = z.output<z.ZodObject<typeof shape>>;

/** Read the front end's settings. An empty variable counts as not set. */
export function parseEnv(source: Readonly<Record<string, string | undefined>>): Env {
  return readSettings(shape, source);
}

let parsed: Env | undefined;

// Read at the first use, not at import: a build has no settings and needs none.
export function env(): Env {
  return (parsed ??= parseEnv(process.env));
}
