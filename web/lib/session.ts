import "server-only";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { auth } from "./auth";
import { signInPath } from "./paths";

export interface User {
  uuid: string;
  name: string;
  email: string;
}

/** Return the user of the current session, or null. The result is cached for one request. */
export const signedInUser = cache(async (): Promise<User | null> => {
  const session = await auth().api.getSession({ headers: await headers() });
  if (!session) return null;
  const { uuid, name, email } = session.user;
  return { uuid, name, email };
});

/** Return the signed-in user, or redirect to the sign-in page and from there back to `path`. */
export async function requireUser(path: string): Promise<User> {
  return (await signedInUser()) ?? redirect(signInPath(path));
}
