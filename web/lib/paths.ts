export const HOME = "/dashboard";

const HERE = "http://localhost";

/** Returns where `?next=` leads if that is a page of this site, else the dashboard. */
export function nextPath(next: string | string[] | undefined): string {
  if (typeof next !== "string" || !next.startsWith("/") || !URL.canParse(next, HERE)) return HOME;
  // Parsed as a browser does: "//evil.example" and "/\evil.example" are other sites.
  const { origin, pathname, search, hash } = new URL(next, HERE);
  return origin === HERE && !pathname.startsWith("//") ? `${pathname}${search}${hash}` : HOME;
}

/** Returns the sign-in page that leads back to `path`. */
export function signInPath(path: string): string {
  return path === HOME ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
}
