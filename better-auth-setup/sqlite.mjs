// SQLite for Kysely: several connections to one file, which the service writes to as well.

import { setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, SelectQueryNode, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import Sqlite from "libsql";

const WAIT_MS = 60_000; // several imports of the service can be in front
const POLL_MS = 20;
const IDLE_CONNECTIONS = 4;

/** A dialect of Kysely for the SQLite file `file`. */
export class SharedSqliteDialect {
  #driver;

  constructor(file) {
    this.#driver = new Driver(file);
  }

  createDriver() {
    return this.#driver;
  }

  createAdapter() {
    return new SqliteAdapter();
  }

  createIntrospector(db) {
    return new SqliteIntrospector(db);
  }

  createQueryCompiler() {
    return new SqliteQueryCompiler();
  }

  /**
   * Run `work` with a dialect whose queries all run in one transaction. Other processes and the
   * other connections of this process wait.
   */
  async inOneTransaction(work) {
    const connection = await this.#driver.acquireConnection();
    try {
      return await connection.write(() => work(new PinnedDialect(connection)));
    } finally {
      await this.#driver.releaseConnection(connection);
    }
  }

  close() {
    this.#driver.destroy();
  }
}

class Driver {
  #file;
  #idle = [];

  constructor(file) {
    this.#file = file;
  }

  async init() {}

  async acquireConnection() {
    return this.#idle.pop() ?? new Connection(this.#file);
  }

  // A deferred transaction that reads first and writes later fails at once if another process has
  // written in between. A transaction that begins as a writer waits for its turn.
  beginTransaction(connection) {
    return connection.begin();
  }

  commitTransaction(connection) {
    return connection.executeQuery(CompiledQuery.raw("commit"));
  }

  rollbackTransaction(connection) {
    return connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(connection) {
    if (this.#idle.length < IDLE_CONNECTIONS) this.#idle.push(connection);
    else connection.close();
  }

  async destroy() {
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}

class PinnedDialect extends SharedSqliteDialect {
  #connection;

  constructor(connection) {
    super();
    this.#connection = connection;
  }

  createDriver() {
    const connection = this.#connection;
    return {
      init: async () => {},
      acquireConnection: async () => connection,
      releaseConnection: async () => {},
      destroy: async () => {},
    };
  }
}

class Connection {
  #db;

  constructor(file) {
    // SQLite itself does not wait for a lock, because it would block Node's event loop meanwhile.
    this.#db = new Sqlite(file, { timeout: 0 });
    this.#db.pragma("journal_mode = WAL");
    this.#db.pragma("foreign_keys = ON"); // deleting a user deletes the user's rows in the service
  }

  async executeQuery({ sql, parameters, query }) {
    if (this.#db.inTransaction) return this.#run(sql, parameters);
    if (SelectQueryNode.is(query)) return whenNotBusy(() => this.#run(sql, parameters));
    return this.write(() => this.#run(sql, parameters));
  }

  // Waits only for the beginning of a transaction: a statement that is repeated after it was
  // refused halfway was seen to lose rows.
  begin() {
    return whenNotBusy(() => this.#db.exec("begin immediate"));
  }

  /** Run `work` in a transaction. */
  async write(work) {
    await this.begin();
    try {
      const result = await work();
      this.#db.exec("commit");
      return result;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec("rollback");
      throw error;
    }
  }

  close() {
    this.#db.close();
  }

  #run(sql, parameters) {
    const statement = this.#db.prepare(sql);
    if (statement.reader) return { rows: statement.all(parameters) };
    const { changes, lastInsertRowid } = statement.run(parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }
}

async function whenNotBusy(run) {
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(Math.random() * POLL_MS)) {
    try {
      return run();
    } catch (error) {
      if (!error.code?.startsWith("SQLITE_BUSY") || Date.now() > deadline) throw error;
    }
  }
}
