// The settings of the test server, read from the environment.

import { authSettings, origin, readSettings } from "better-auth-setup/settings.mjs";
import { z } from "zod";

const ALGORITHMS = ["EdDSA", "ES256", "ES512", "PS256", "RS256"];

const shape = {
  ...authSettings,
  BETTER_AUTH_URL: origin.optional().describe(authSettings.BETTER_AUTH_URL.description),
  HOST: z.string().default("127.0.0.1"),
  PORT: z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .pipe(z.number().min(1).max(65535))
    .default(3000)
    .describe("a number from 1 to 65535"),
  JWT_ALGORITHM: z.enum(ALGORITHMS).default("EdDSA").describe(`one of ${ALGORITHMS.join(", ")}`),
  TRUSTED_ORIGINS: z
    .string()
    .default("")
    .transform((text) => text.split(",").map((origin) => origin.trim()).filter(Boolean)),
};

export function readIssuerSettings(env) {
  const settings = readSettings(shape, env);
  return { ...settings, BETTER_AUTH_URL: settings.BETTER_AUTH_URL ?? `http://localhost:${settings.PORT}` };
}
