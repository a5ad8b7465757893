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

export interface Session {
  token: string;
  userAgent: string | null;
  createdAt: Date;
  isCurrent: boolean;
}

/** Return the sessions of the signed-in user: the current one, then the latest first. */
export async function userSessions(): Promise<Session[]> {
  const request = { headers: await headers() };
  const current = await auth().api.getSession(request);
  const sessions = (await auth().api.listSessions(request)).map(({ token, userAgent, createdAt }) => ({
    token,
    userAgent: userAgent ?? null,
    createdAt,
    isCurrent: token === current?.session.token,
  }));
  const order = (a: Session, b: Session) =>
    Number(b.isCurrent) - Number(a.isCurrent) || b.createdAt.getTime() - a.createdAt.getTime();
  return sessions.sort(order);
}

/** Return the signed-in user, or redirect to the sign-in page and from there back to `path`. */
export async function requireUser(path: string): Promise<User> {
  return (await signedInUser()) ?? redirect(signInPath(path));
}
