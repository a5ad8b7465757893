// The test server: `node server.mjs` migrates and serves; with --migrate it only migrates.

import { once } from "node:events";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { toNodeHandler } from "better-auth/node";
import { setClientAddress } from "better-auth-setup/client-address.mjs";
import { openDatabase } from "better-auth-setup/database.mjs";
import { authOptions } from "better-auth-setup/options.mjs";
import { readIssuerSettings } from "./settings.mjs";

const DRAIN_MS = 500;

async function main() {
  const settings = readIssuerSettings(process.env);
  const database = openDatabase(settings.DATABASE_URL);
  const options = { ...authOptions(settings, database), trustedOrigins: settings.TRUSTED_ORIGINS };
  await database.migrate(options);
  if (process.argv.includes("--migrate")) await database.close();
  else await serve(settings, options, database);
}

async function serve({ BETTER_AUTH_URL, HOST, PORT, TRUSTED_PROXIES }, options, database) {
  const handle = toNodeHandler(betterAuth(options));
  const server = createServer((request, response) => {
    setClientAddress(request, TRUSTED_PROXIES);
    return handle(request, response);
  });
  await once(server.listen(PORT, HOST), "listening");
  console.log(`issuer ready at ${BETTER_AUTH_URL}`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop(server, database));
}

function stop(server, database) {
  server.close(() => database.close());
  setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
}

main().catch((error) => {
  // An error for a refused connection to both addresses of localhost has a code, but no message.
  for (const line of (error.message || error.code).split("\n")) console.error(`issuer: ${line}`);
  process.exit(1);
});
