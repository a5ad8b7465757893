// Better Auth's database: the same SQLite file or PostgreSQL database that the service uses.

import { randomUUID } from "node:crypto";
import { getMigrations } from "better-auth/db/migration";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { SharedSqliteDialect } from "./sqlite.mjs";

const MIGRATION_LOCK = 728_461_305; // an arbitrary key; every process that migrates must use the same one
const TRIES = 10;
const CLEANUP_MS = 60 * 60 * 1000; // no rule of attempts has a longer window
// PostgreSQL's deadlock_detected and serialization_failure.
const RETRIED = ["40P01", "40001"];

export function openDatabase(url) {
  return url.startsWith("sqlite:") ? openSqlite(url) : openPostgres(url);
}

function openSqlite(url) {
  const dialect = new SharedSqliteDialect(url.slice("sqlite:///".length).split("?")[0]);
  const db = new Kysely({ dialect });
  return {
    option: { db, type: "sqlite" },
    migrate: (options) =>
      dialect.inOneTransaction((pinned) =>
        createTables({ ...options, database: { db: new Kysely({ dialect: pinned }), type: "sqlite" } }),
      ),
    deleteUser: (user) => db.transaction().execute((transaction) => deleteRows(transaction, user)),
    countAttempt: (key, rule) => countAttempt(db, key, rule),
    forgetAttempts: (keys) => forgetAttempts(db, keys),
    close: () => dialect.close(),
  };
}

function openPostgres(url) {
  // The service reads the same DATABASE_URL with psycopg, so sslmode must mean the same here:
  // `require` encrypts without verifying the certificate.
  const connectionString = `${url}${url.includes("?") ? "&" : "?"}uselibpqcompat=true`;
  const pool = new pg.Pool({ connectionString });
  pool.on("error", (error) => console.error(`Better Auth: database connection lost: ${error.message}`));
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  return {
    option: { db, type: "postgres" },
    migrate: (options) => migratePostgres(pool, options),
    deleteUser: (user) => deletePostgresUser(db, user),
    countAttempt: (key, rule) => countAttempt(db, key, rule),
    forgetAttempts: (keys) => forgetAttempts(db, keys),
    close: () => pool.end(),
  };
}

// One transaction: a lock of the session would stay on the server's connection after the client has
// left, if a pooler such as PgBouncer lends the connection for each transaction.
async function migratePostgres(pool, options) {
  const client = await pool.connect();
  const pinned = { connect: async () => ({ query: client.query.bind(client), release() {} }), end: async () => {} };
  const db = new Kysely({ dialect: new PostgresDialect({ pool: pinned }) });
  try {
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await createTables({ ...options, database: { db, type: "postgres" } });
    await client.query(UUID_COLUMN);
    await client.query("COMMIT");
    client.release();
  } catch (error) {
    client.release(true); // closes the connection, which undoes the transaction
    throw error;
  }
}

async function createTables(options) {
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
}

async function deletePostgresUser(db, user) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(async (transaction) => {
        await waitForWriters(transaction, user);
        await deleteRows(transaction, user);
      });
    } catch (error) {
      if (!RETRIED.includes(error.code) || attempt === TRIES) throw error;
    }
  }
}

// Each transaction of the service that writes rows of a user first locks the user's row in `owners`.
async function waitForWriters(transaction, { uuid }) {
  const { rows } = await sql`SELECT to_regclass('owners') IS NOT NULL AS found`.execute(transaction);
  if (rows[0].found) await sql`SELECT 1 FROM owners WHERE user_id = ${uuid}::uuid FOR NO KEY UPDATE`.execute(transaction);
}

async function deleteRows(transaction, { id }) {
  await transaction.deleteFrom("session").where("userId", "=", id).execute();
  await transaction.deleteFrom("account").where("userId", "=", id).execute();
  await transaction.deleteFrom("user").where("id", "=", id).execute();
}

// One statement, so that no two attempts get the same count, in any process.
async function countAttempt(db, key, { window, max }) {
  const now = Date.now();
  const start = now - window * 1000;
  const { rows } = await sql`
    INSERT INTO "passwordAttempt" AS old (id, key, count, "startedAt") VALUES (${randomUUID()}, ${key}, 1, ${now})
    ON CONFLICT (key) DO UPDATE SET
      count = CASE WHEN old."startedAt" <= ${start} THEN 1 ELSE old.count + 1 END,
      "startedAt" = CASE WHEN old."startedAt" <= ${start} THEN ${now} ELSE old."startedAt" END
    RETURNING count, "startedAt"`.execute(db);
  const [{ count, startedAt }] = rows;
  if (count === 1) await deleteOldAttempts(db, now);
  return count <= max ? 0 : Math.max(1, Math.ceil((Number(startedAt) - start) / 1000));
}

async function forgetAttempts(db, keys) {
  await db.deleteFrom("passwordAttempt").where("key", "in", keys).execute();
}

let cleanedAt = 0;

async function deleteOldAttempts(db, now) {
  if (now - cleanedAt < CLEANUP_MS) return;
  cleanedAt = now;
  await db.deleteFrom("passwordAttempt").where("startedAt", "<", now - CLEANUP_MS).execute();
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
