import "server-only";
import { Server } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setClientAddress } from "better-auth-setup/client-address.mjs";
import { siteOrigin } from "./loopback";

// These routes limit the bodies that they read.
const ROUTES = /^\/(api\/auth|backend)\//;

/**
 * Check each request before Next gets it, and replace X-Forwarded-For with the address of the client.
 * `site` is the public address of the front end.
 *
 * Next has no hook for this: it reads the body of a request for a page before any code of the
 * application runs, and nothing tells the application the address of a connection.
 */
export function checkRequests(site: string, trustedProxies: number): void {
  const { emit } = Server.prototype;
  Server.prototype.emit = function (this: Server, event: string, ...values: unknown[]) {
    if (event === "request") {
      const [request, response] = values as [IncomingMessage, ServerResponse];
      if (respond(request, response, site)) return true;
      setClientAddress(request, trustedProxies);
    }
    return Reflect.apply(emit, this, [event, ...values]);
  };
}

/** Respond to a request that no page or route of the site accepts. Returns whether there was a response. */
function respond({ method, url = "/", headers }: IncomingMessage, response: ServerResponse, site: string): boolean {
  if (method !== "TRACE" && (ROUTES.test(url) || process.env.NODE_ENV === "development")) return false;
  if (method === "GET" || method === "HEAD") {
    // Next would rewrite the name in this redirect to "localhost".
    const origin = siteOrigin(headers.host ?? null, site);
    if (origin) response.writeHead(307, { Location: origin + url }).end();
    return origin !== null;
  }
  // A form that is submitted before its page is hydrated.
  if (method === "POST") response.writeHead(303, { Location: new URL(url, "http://localhost").pathname }).end();
  else response.writeHead(405, { Allow: "GET, HEAD" }).end();
  return true;
}
