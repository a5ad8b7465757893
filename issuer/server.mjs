// A minimal Better Auth server: `node server.mjs` migrates and serves, with --migrate only migrates.

import { once } from "node:events";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { toNodeHandler } from "better-auth/node";
import { authOptions } from "./auth.mjs";
import { openDatabase } from "./database.mjs";
import { migrate } from "./migrate.mjs";
import { readSettings } from "./settings.mjs";

const DRAIN_MS = 500;

async function main() {
  const settings = readSettings(process.env);
  const database = openDatabase(settings.databaseUrl);
  const options = authOptions(settings, database.options);
  await migrate(options, database);
  if (process.argv.includes("--migrate")) await database.close();
  else await serve(settings, options, database);
}

async function serve({ url, host, port }, options, database) {
  const server = createServer(toNodeHandler(betterAuth(options)));
  await once(server.listen(port, host), "listening");
  console.log(`issuer ready at ${url}`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop(server, database));
}

function stop(server, database) {
  server.close(() => database.close());
  setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
}

main().catch((error) => {
  // A refused connection to both addresses of localhost has a code, but no message.
  for (const line of (error.message || error.code).split("\n")) console.error(`issuer: ${line}`);
  process.exit(1);
});
