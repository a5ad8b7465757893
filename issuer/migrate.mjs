// Makes Better Auth's tables, or adds what a newer release misses. Of several processes that start
// at once on one database, one does it and the others wait.

import { getMigrations } from "better-auth/db/migration";

export function migrate(options, database) {
  return database.alone(async () => {
    const { runMigrations } = await getMigrations(options);
    await runMigrations();
    await database.finishSchema();
  });
}
