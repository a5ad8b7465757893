// The options of Better Auth: what a front end's own lib/auth.ts would say.

import { randomUUID } from "node:crypto";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";

export function createAuth(settings, database) {
  const options = {
    baseURL: settings.url,
    secret: settings.secret,
    database: database.options,
    trustedOrigins: settings.trustedOrigins,
    emailAndPassword: { enabled: true },
    user: {
      deleteUser: { enabled: true },
      additionalFields: {
        uuid: {
          type: "string",
          required: false,
          unique: true,
          input: false,
          defaultValue: () => randomUUID(),
        },
      },
    },
    rateLimit: { enabled: settings.rateLimit },
    telemetry: { enabled: false },
    plugins: [
      jwt({
        jwks: {
          keyPairConfig: { alg: settings.algorithm },
          rotationInterval: settings.rotationSeconds,
          gracePeriod: settings.graceSeconds,
        },
        jwt: { expirationTime: settings.expiration },
      }),
    ],
  };
  return {
    auth: betterAuth(options),
    async migrate() {
      const { runMigrations } = await getMigrations(options);
      await runMigrations();
      await database.finishSchema();
    },
  };
}
