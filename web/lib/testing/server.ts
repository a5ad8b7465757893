import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server on this machine, and the requests it has received. */
export interface TestServer extends AsyncDisposable {
  url: string;
  requests: IncomingMessage[];
}

export async function serve(handler: Handler): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handler(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Return a URL at which no server listens. */
export async function unusedUrl(): Promise<string> {
  await using server = await serve(() => undefined);
  return server.url;
}

export function respond(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "Content-Type": type, ...headers }).end(JSON.stringify(body));
}

/** Return a token like those of the issuer. Its signature is not valid: the front end never checks it. */
export function tokenFor(lifetimeSeconds: number, id = "1", issuedAt = 0): string {
  const payload = { iat: issuedAt, exp: issuedAt + lifetimeSeconds, id };
  return `e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.signature`;
}
