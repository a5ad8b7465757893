import { getSessionCookie } from "better-auth/cookies";
import { NextResponse } from "next/server";
import type { NextRequest } from "next/server";
import { env } from "@/lib/env";
import { signInPath } from "@/lib/paths";
import { contentSecurityPolicy } from "@/lib/policy";

const PRIVATE = /^\/(dashboard|tags|settings)(\/|$)/;

export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  // Only whether a cookie is there, to spare a page's work; each page checks the session itself.
  if (PRIVATE.test(pathname) && !getSessionCookie(request)) {
    return NextResponse.redirect(new URL(signInPath(pathname + search), env().BETTER_AUTH_URL));
  }
  const policy = contentSecurityPolicy({
    nonce: btoa(crypto.randomUUID()),
    service: env().SERVICE_PUBLIC_URL,
    development: process.env.NODE_ENV === "development",
  });
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy); // where Next finds the nonce for its scripts
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

// Pages only: what passes here is read into memory first, and an import is large.
export const config = { matcher: "/((?!api/|backend/|_next/static/|icon.svg).*)" };
