import { inferAdditionalFields, jwtClient } from "better-auth/client/plugins";
import { createAuthClient } from "better-auth/react";
import { createTokenSource } from "./token";

export const authClient = createAuthClient({
  plugins: [jwtClient(), inferAdditionalFields({ user: { uuid: { type: "string", input: false } } })],
});

/** Return a token for the signed-in user. It is cached in the memory of this page only. */
export const getToken = createTokenSource(() => authClient.token());
