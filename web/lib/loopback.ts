const NAMES = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Return the origin of this site if `host`, the Host header of a request, is another name of the same
 * port of this machine. Cookies and sign-ins work under one name only. Returns null for other hosts.
 */
export function siteOrigin(host: string | null, site: string): string | null {
  if (host === null || !URL.canParse(`http://${host}`)) return null;
  const own = new URL(site);
  const asked = new URL(`${own.protocol}//${host}`);
  const isAlias = NAMES.includes(own.hostname) && NAMES.includes(asked.hostname) && asked.port === own.port;
  return isAlias && asked.hostname !== own.hostname ? own.origin : null;
}
