export const HOME = "/dashboard";

// A stand-in for the origin of this site; only the comparison with it matters.
const SITE = "http://localhost";

/** Return the path in `?next=` if it is on this site, and the path of the dashboard otherwise. */
export function nextPath(next: string | string[] | undefined): string {
  if (typeof next !== "string" || !next.startsWith("/") || !URL.canParse(next, SITE)) return HOME;
  // Parsed like a browser does: "//evil.example" and "/\evil.example" lead to another site.
  const { origin, pathname, search, hash } = new URL(next, SITE);
  return origin === SITE && !pathname.startsWith("//") ? `${pathname}${search}${hash}` : HOME;
}

/** Return the path of the sign-in page that leads back to `path`. */
export function signInPath(path: string): string {
  return path === HOME ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
}
