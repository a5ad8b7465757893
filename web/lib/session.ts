import "server-only";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { auth } from "./auth";
import { signInPath } from "./paths";

export interface Person {
  uuid: string;
  name: string;
  email: string;
}

/** Returns who is signed in, as Better Auth says it; asked once for a page. */
export const signedInPerson = cache(async (): Promise<Person | null> => {
  const session = await auth().api.getSession({ headers: await headers() });
  if (!session) return null;
  const { uuid, name, email } = session.user;
  return { uuid, name, email };
});

/** Returns who is signed in, or leads to the sign-in page and from there back to `path`. */
export async function requirePerson(path: string): Promise<Person> {
  return (await signedInPerson()) ?? redirect(signInPath(path));
}
