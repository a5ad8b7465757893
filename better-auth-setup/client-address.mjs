// The address of a client, behind any number of proxies.

import { isIP } from "node:net";

/**
 * Return the address of the client that sent `request`, or undefined for a Unix socket.
 *
 * Each proxy adds the address of its own client at the end of X-Forwarded-For. Only the last `proxies`
 * entries are therefore trusted. A client can write any others.
 */
export function clientAddress(request, proxies) {
  const forwarded = (request.headers["x-forwarded-for"] ?? "").split(",").map(withoutPort);
  const hops = [...forwarded, request.socket.remoteAddress].slice(-1 - proxies);
  return hops.find((address) => isIP(address));
}

/** Replace X-Forwarded-For with the address of the client, which Better Auth then reads. */
export function setClientAddress(request, proxies) {
  const address = clientAddress(request, proxies);
  if (address) request.headers["x-forwarded-for"] = address;
  else delete request.headers["x-forwarded-for"];
}

// Some proxies add the port: 192.0.2.1:5000 or [2001:db8::1]:5000.
function withoutPort(entry) {
  const text = entry.trim();
  return /^\[(.+)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}
