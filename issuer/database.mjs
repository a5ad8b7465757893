// Better Auth's database: the SQLite file or PostgreSQL that the service uses too.

import { CompiledQuery, SqliteDialect, SqliteDriver } from "kysely";
import Sqlite from "libsql";
import pg from "pg";

const BUSY_TIMEOUT_MS = 10_000;
const MIGRATION_LOCK = 728_461_305; // any number that all who migrate this database agree on

export function openDatabase(url) {
  return url.startsWith("sqlite:") ? openSqlite(url) : openPostgres(url);
}

function openSqlite(url) {
  const file = url.slice("sqlite:///".length).split("?")[0];
  // SQLite itself waits, though Node stands still meanwhile: a driver that tried again instead
  // was seen to lose rows.
  const database = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
  database.pragma("journal_mode = WAL");
  database.pragma("foreign_keys = ON"); // the service's rows go with their user
  return {
    options: { dialect: new SharedSqliteDialect({ database }), type: "sqlite" },
    finishSchema: () => {},
    alone: (work) => aloneOnSqlite(database, work),
    close: () => database.close(),
  };
}

async function aloneOnSqlite(database, work) {
  database.exec("begin immediate");
  try {
    await work();
    database.exec("commit");
  } catch (error) {
    database.exec("rollback");
    throw error;
  }
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
  // sslmode as psycopg reads it, since one DATABASE_URL serves both: `require` encrypts and trusts.
  const connectionString = `${url}${url.includes("?") ? "&" : "?"}uselibpqcompat=true`;
  const pool = new pg.Pool({ connectionString });
  pool.on("error", (error) => console.error(`Better Auth: database: ${error.message}`));
  return {
    options: pool,
    finishSchema: () => pool.query(UUID_COLUMN),
    alone: (work) => aloneOnPostgres(pool, work),
    close: () => pool.end(),
  };
}

async function aloneOnPostgres(pool, work) {
  const client = await pool.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await work();
  } finally {
    client.release(true); // its end frees the lock
  }
}

// Better Auth makes it text; as a uuid with a default, the service can refer to it, and rows that
// are older or come by SQL have one too.
const UUID_COLUMN = `
  DO $$ BEGIN
    IF (SELECT data_type <> 'uuid' OR column_default IS NULL OR is_nullable = 'YES'
        FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = 'user' AND column_name = 'uuid')
    THEN
      ALTER TABLE "user"
        ALTER COLUMN uuid TYPE uuid USING coalesce(uuid::uuid, gen_random_uuid()),
        ALTER COLUMN uuid SET DEFAULT gen_random_uuid(),
        ALTER COLUMN uuid SET NOT NULL;
    END IF;
  END $$`;
