// The options of Better Auth: what a front end's own lib/auth.ts would say.

import { randomUUID } from "node:crypto";
import { jwt } from "better-auth/plugins";

export function authOptions(settings, database) {
  return {
    baseURL: settings.url,
    secret: settings.secret,
    database,
    trustedOrigins: settings.trustedOrigins,
    emailAndPassword: { enabled: true },
    user: {
      deleteUser: { enabled: true },
      additionalFields: {
        // The name that the service knows a user by. A client that sends one is refused.
        uuid: {
          type: "string",
          required: true,
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
}
