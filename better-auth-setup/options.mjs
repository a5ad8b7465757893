// Better Auth's options: the same for the front end and the test server.

import { randomUUID } from "node:crypto";
import { jwt } from "better-auth/plugins";

export function authOptions(settings, database) {
  return {
    baseURL: settings.BETTER_AUTH_URL,
    secret: settings.BETTER_AUTH_SECRET,
    database,
    emailAndPassword: { enabled: true },
    user: {
      deleteUser: { enabled: true },
      additionalFields: {
        // The service identifies a user by this UUID, so Better Auth rejects a sign-up that sends one.
        uuid: {
          type: "string",
          required: true,
          unique: true,
          input: false,
          defaultValue: () => randomUUID(),
        },
      },
    },
    rateLimit: { enabled: settings.RATE_LIMIT },
    telemetry: { enabled: false },
    plugins: [
      jwt({
        jwks: {
          keyPairConfig: { alg: settings.JWT_ALGORITHM ?? "EdDSA" },
          rotationInterval: settings.JWT_ROTATION_SECONDS,
          gracePeriod: settings.JWT_GRACE_SECONDS,
        },
        jwt: { expirationTime: settings.JWT_EXPIRATION },
      }),
    ],
  };
}
