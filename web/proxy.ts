import { getSessionCookie } from "better-auth/cookies";
import { NextResponse } from "next/server";
import type { NextRequest } from "next/server";
import { env } from "@/lib/env";
import { signInPath } from "@/lib/paths";
import { contentSecurityPolicy } from "@/lib/policy";

const PRIVATE = /^\/(dashboard|tags|settings)(\/|$)/;

export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  // Only checks that a cookie exists, so that most signed-out requests skip the page. Each page verifies the session.
  if (PRIVATE.test(pathname) && !getSessionCookie(request)) {
    return NextResponse.redirect(new URL(signInPath(pathname + search), env().BETTER_AUTH_URL));
  }
  const policy = contentSecurityPolicy({
    nonce: btoa(crypto.randomUUID()),
    service: env().SERVICE_PUBLIC_URL,
    chatkit: env().CHATKIT_DOMAIN_KEY !== undefined,
    development: process.env.NODE_ENV === "development",
  });
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy); // Next reads the nonce for its scripts from this header
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

// Pages only: Next reads each body that passes through the proxy into memory, and an import is large.
export const config = { matcher: "/((?!api/|backend/|_next/static/|icon.svg).*)" };
