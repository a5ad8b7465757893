import "server-only";
import { Server } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setClientAddress } from "better-auth-setup/client-address.mjs";

// These routes limit the bodies that they read.
const ROUTES = /^\/(api\/auth|backend)\//;

/**
 * Check each request before Next gets it, and replace X-Forwarded-For with the address of the client.
 *
 * Next has no hook for this: it reads the body of a request for a page before any code of the
 * application runs, and nothing tells the application the address of a connection.
 */
export function checkRequests(trustedProxies: number): void {
  const { emit } = Server.prototype;
  Server.prototype.emit = function (this: Server, event: string, ...values: unknown[]) {
    if (event === "request") {
      const [request, response] = values as [IncomingMessage, ServerResponse];
      if (refuse(request, response)) return true;
      setClientAddress(request, trustedProxies);
    }
    return Reflect.apply(emit, this, [event, ...values]);
  };
}

/** Respond to a request that no page or route accepts. Returns whether there was a response. */
function refuse({ method, url = "/" }: IncomingMessage, response: ServerResponse): boolean {
  if (method === "GET" || method === "HEAD") return false;
  if (method !== "TRACE" && (ROUTES.test(url) || process.env.NODE_ENV === "development")) return false;
  // A form that is submitted before its page is hydrated.
  if (method === "POST") response.writeHead(303, { Location: new URL(url, "http://localhost").pathname }).end();
  else response.writeHead(405, { Allow: "GET, HEAD" }).end();
  return true;
}
