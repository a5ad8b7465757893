// Better Auth's database: the same SQLite file or PostgreSQL database that the service uses.

import { getMigrations } from "better-auth/db/migration";
import { CompiledQuery, SqliteDialect, SqliteDriver } from "kysely";
import Sqlite from "libsql";
import pg from "pg";

const BUSY_TIMEOUT_MS = 10_000;
const MIGRATION_LOCK = 728_461_305; // an arbitrary key; every process that migrates must use the same one

export function openDatabase(url) {
  return url.startsWith("sqlite:") ? openSqlite(url) : openPostgres(url);
}

function openSqlite(url) {
  const file = url.slice("sqlite:///".length).split("?")[0];
  // SQLite waits for a lock itself, although this blocks Node's event loop: a driver that retried
  // instead was seen to lose rows.
  const database = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
  database.pragma("journal_mode = WAL");
  database.pragma("foreign_keys = ON"); // deleting a user deletes the user's rows in the service
  return {
    option: { dialect: new SharedSqliteDialect({ database }), type: "sqlite" },
    migrate: (options) => migrateSqlite(database, options),
    close: () => database.close(),
  };
}

async function migrateSqlite(database, options) {
  database.exec("begin immediate"); // other processes wait here
  try {
    await createTables(options);
    database.exec("commit");
  } catch (error) {
    database.exec("rollback");
    throw error;
  }
}

// A deferred transaction that reads first and writes later fails at once, whatever the timeout, if
// another process has written in between. A transaction that begins as a writer waits for its turn.
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
  // The service reads the same DATABASE_URL with psycopg, so sslmode must mean the same here:
  // `require` encrypts without verifying the certificate.
  const connectionString = `${url}${url.includes("?") ? "&" : "?"}uselibpqcompat=true`;
  const pool = new pg.Pool({ connectionString });
  pool.on("error", (error) => console.error(`Better Auth: database connection lost: ${error.message}`));
  return {
    option: pool,
    migrate: (options) => migratePostgres(pool, options),
    close: () => pool.end(),
  };
}

async function migratePostgres(pool, options) {
  const client = await pool.connect();
  try {
    // The lock belongs to a transaction. A lock of the session would stay on a connection of PgBouncer's pool.
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await createTables(options);
    await pool.query(UUID_COLUMN);
    await client.query("COMMIT");
  } finally {
    client.release(true); // closes the connection, which also ends a transaction that failed
  }
}

async function createTables(options) {
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
}

// Better Auth creates the column as text. The service needs a uuid column for its foreign keys, and
// older rows and rows inserted by SQL need a value, hence the default.
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
