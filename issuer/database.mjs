// Better Auth's database: the SQLite file or PostgreSQL that the service uses too.

import { CompiledQuery, SqliteAdapter, SqliteDialect, SqliteDriver } from "kysely";
import Sqlite from "libsql";
import pg from "pg";

const BUSY_TIMEOUT_MS = 10_000;

export function openDatabase(url) {
  return url.startsWith("sqlite:") ? openSqlite(url) : openPostgres(url);
}

function openSqlite(url) {
  const database = new Sqlite(url.slice("sqlite:///".length), { timeout: BUSY_TIMEOUT_MS });
  database.pragma("journal_mode = WAL");
  database.pragma("foreign_keys = ON"); // the service's rows go with their user
  return {
    options: { dialect: new SharedSqliteDialect({ database }), type: "sqlite" },
    finishSchema: () => {},
    close: () => database.close(),
  };
}

// A transaction that reads first and writes later fails at once, whatever the timeout, when
// another process has written in between. One that begins as a writer waits its turn.
class SharedSqliteDriver extends SqliteDriver {
  async beginTransaction(connection) {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

class SharedSqliteDialect extends SqliteDialect {
  #config;

  constructor(config) {
    super(config);
    this.#config = config;
  }

  createDriver() {
    return new SharedSqliteDriver(this.#config);
  }
}

function openPostgres(url) {
  const pool = new pg.Pool({ connectionString: url });
  pool.on("error", (error) => console.error(`database: ${error.message}`));
  return {
    options: pool,
    finishSchema: () => pool.query(UUID_COLUMN),
    close: () => pool.end(),
  };
}

// Better Auth knows text only; as a uuid with a default, it can be referred to by the service.
const UUID_COLUMN = `
  DO $$ BEGIN
    IF (SELECT data_type <> 'uuid' OR column_default IS NULL OR is_nullable = 'YES'
        FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = 'user' AND column_name = 'uuid')
    THEN
      UPDATE "user" SET uuid = gen_random_uuid() WHERE uuid IS NULL;
      ALTER TABLE "user"
        ALTER COLUMN uuid TYPE uuid USING uuid::uuid,
        ALTER COLUMN uuid SET DEFAULT gen_random_uuid(),
        ALTER COLUMN uuid SET NOT NULL;
    END IF;
  END $$`;
