// Better Auth's options: the same for the front end and the test server.

import { randomUUID } from "node:crypto";
import { jwt } from "better-auth/plugins";
import { attemptLimits } from "./attempt-limits.mjs";
import { RESET_SECONDS, resetSender } from "./password-reset.mjs";
import { passwordRules, tokenClaims, userFieldRules } from "./user-rules.mjs";

export function authOptions(settings, database) {
  const { onPasswordReset, ...limits } = attemptLimits(database);
  return {
    baseURL: settings.BETTER_AUTH_URL,
    secret: settings.BETTER_AUTH_SECRET,
    database: database.option,
    databaseHooks: userFieldRules,
    emailAndPassword: {
      enabled: true,
      sendResetPassword: resetSender(settings),
      resetPasswordTokenExpiresIn: RESET_SECONDS,
      revokeSessionsOnPasswordReset: true,
      onPasswordReset,
    },
    user: {
      // Better Auth deletes the rows of a user one after the other. This deletes them in one transaction,
      // and leaves nothing for Better Auth to delete.
      deleteUser: { enabled: true, beforeDelete: (user) => database.deleteUser(user) },
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
    rateLimit: {
      enabled: settings.RATE_LIMIT,
      customRules: { "/sign-in/email": false }, // attemptLimits
    },
    telemetry: { enabled: false },
    plugins: [
      jwt({
        jwks: {
          keyPairConfig: { alg: settings.JWT_ALGORITHM ?? "EdDSA" },
          rotationInterval: settings.JWT_ROTATION_SECONDS,
          gracePeriod: settings.JWT_GRACE_SECONDS,
        },
        jwt: { expirationTime: settings.JWT_EXPIRATION, definePayload: tokenClaims },
      }),
      passwordRules,
      ...(settings.RATE_LIMIT ? [limits] : []),
    ],
  };
}
