// Better Auth with one instance per algorithm, each below a path of its own. Prints its URL.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";

const KEY_PAIRS = {
  EdDSA: { alg: "EdDSA", crv: "Ed25519" },
  ES256: { alg: "ES256" },
  ES512: { alg: "ES512" },
  PS256: { alg: "PS256" },
  RS256: { alg: "RS256" },
};
const handlers = {};

const server = createServer((request, response) => {
  const handler = handlers[request.url.split("/")[1]];
  if (handler) return handler(request, response);
  response.writeHead(404).end();
});

server.listen(0, "127.0.0.1", () => {
  const baseURL = `http://127.0.0.1:${server.address().port}`;
  for (const [name, keyPairConfig] of Object.entries(KEY_PAIRS)) {
    const tables = { user: [], session: [], account: [], verification: [], jwks: [] };
    const auth = betterAuth({
      baseURL,
      basePath: `/${name}`,
      secret: "only for the test of compatibility, 32 bytes",
      database: memoryAdapter(tables),
      emailAndPassword: { enabled: true },
      rateLimit: { enabled: false },
      telemetry: { enabled: false },
      user: {
        additionalFields: {
          uuid: { type: "string", required: false, input: false, defaultValue: () => crypto.randomUUID() },
        },
      },
      plugins: [jwt({ jwks: { keyPairConfig } })],
    });
    handlers[name] = toNodeHandler(auth);
  }
  console.log(baseURL);
});
