// A minimal Better Auth server: `node server.mjs` migrates and serves, with --migrate only migrates.

import { createServer } from "node:http";
import { toNodeHandler } from "better-auth/node";
import { createAuth } from "./auth.mjs";
import { openDatabase } from "./database.mjs";
import { readSettings } from "./settings.mjs";

async function main() {
  const settings = readSettings(process.env);
  const database = openDatabase(settings.databaseUrl);
  const { auth, migrate } = createAuth(settings, database);
  await migrate();
  if (process.argv.includes("--migrate")) return database.close();

  const server = createServer(toNodeHandler(auth));
  server.listen(settings.port, settings.host, () => console.log(`issuer ready at ${settings.url}`));
  server.on("error", (error) => {
    console.error(`issuer: ${error.message}`);
    process.exit(1);
  });
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close(() => database.close());
      server.closeAllConnections();
    });
  }
}

main().catch((error) => {
  console.error(`issuer: ${error.message}`);
  process.exit(1);
});
