// Rules for the fields of a user and for passwords, for every way to set them.

import { APIError, createAuthMiddleware } from "better-auth/api";
import { COMMON_PASSWORDS } from "./common-passwords.mjs";

const MAX_LENGTH = { name: 100, image: 2048, email: 254 };

/** Better Auth's option `databaseHooks`: refuse a user with a field that is too long or not text. */
export const userFieldRules = {
  user: { create: { before: checkFields }, update: { before: checkFields } },
};

async function checkFields(user) {
  for (const [field, max] of Object.entries(MAX_LENGTH)) {
    const value = user[field];
    if (value === undefined || (value === null && field === "image")) continue;
    if (typeof value === "string" && value.length <= max) continue;
    throw new APIError("BAD_REQUEST", {
      code: `${field.toUpperCase()}_INVALID`,
      message: `The field ${field} must be text of at most ${max} characters.`,
    });
  }
}

/**
 * Return what a token says about a user: only what the service reads. Existing users can have longer
 * fields than the rules allow, and a token that is too long would be refused.
 */
export function tokenClaims({ user: { uuid, name, email } }) {
  return {
    uuid,
    name: name.slice(0, MAX_LENGTH.name).toWellFormed(),
    ...(email.length <= MAX_LENGTH.email && { email }),
  };
}

/** A plugin that refuses the most common passwords at sign-up, change and reset. */
export const passwordRules = {
  id: "password-rules",
  hooks: {
    before: [
      {
        matcher: () => true,
        handler: createAuthMiddleware(async ({ path, body }) => {
          const password = path === "/sign-up/email" ? body?.password : body?.newPassword;
          if (!COMMON_PASSWORDS.has(String(password).toLowerCase())) return;
          throw new APIError("BAD_REQUEST", {
            code: "PASSWORD_TOO_COMMON",
            message: "This password is one of the most common ones. Choose another one.",
          });
        }),
      },
    ],
  },
};
