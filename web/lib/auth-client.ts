import { inferAdditionalFields, jwtClient } from "better-auth/client/plugins";
import { createAuthClient } from "better-auth/react";
import { createTokenSource } from "./token";

export const authClient = createAuthClient({
  plugins: [jwtClient(), inferAdditionalFields({ user: { uuid: { type: "string", input: false } } })],
});

/** The token of whoever is signed in, kept in the memory of this page alone. */
export const getToken = createTokenSource(() => authClient.token());
