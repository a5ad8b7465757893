import { inferAdditionalFields, jwtClient } from "better-auth/client/plugins";
import { createAuthClient } from "better-auth/react";

export const authClient = createAuthClient({
  plugins: [jwtClient(), inferAdditionalFields({ user: { uuid: { type: "string", input: false } } })],
});
