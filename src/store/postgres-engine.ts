import { Pool, type PoolClient, types } from 'pg';
import { type Connection, connectionError, type Engine } from './engine.ts';
import { checkMigrations, type Migration } from './migrations.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly connectionsMax: number;
  /** What the database must have; `null` where it is about to get it. */
  readonly migrations: readonly Migration[] | null;
}

const connectMsMax = 5_000;
const idleMs = 30_000;
/** OIDs whose values node-postgres would give differently from the embedded database. */
const int8 = 20;
const date = 1082;

/**
 * The operator's Postgres, direct or through a pooler in transaction mode: nothing that outlives a
 * transaction is used (no prepared statement with a name, no lock or setting of the session).
 */
export async function openPostgres(options: PostgresOptions): Promise<Engine> {
  const pool = new Pool({
    connectionString: options.url,
    max: options.connectionsMax,
    connectionTimeoutMillis: connectMsMax,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    application_name: 'offhook',
    types: { getTypeParser },
  });
  // A connection that breaks while nobody uses it is taken out of the pool, and that is all.
  pool.on('error', () => undefined);
  const engine: Engine = {
    acquire: () => acquireFrom(pool),
    // A pool has no end of its own: whoever gets no connection gives it up.
    ended: new Promise(() => undefined),
    close: () => pool.end(),
  };
  try {
    if (options.migrations !== null) await check(engine, options.migrations);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function check(engine: Engine, migrations: readonly Migration[]): Promise<void> {
  const connection = await engine.acquire();
  try {
    await checkMigrations(connection, migrations);
  } finally {
    connection.release();
  }
}

async function acquireFrom(pool: Pool): Promise<Connection> {
  try {
    return new PooledConnection(await pool.connect());
  } catch (error) {
    throw connectionError(error);
  }
}

class PooledConnection implements Connection {
  /** `null` once it is given back. */
  #client: PoolClient | null;

  constructor(client: PoolClient) {
    this.#client = client;
    client.on('error', this.#onBroken);
  }

  async run(sql: string, parameters?: readonly unknown[]) {
    if (this.#client === null) throw connectionError(new Error('the connection was given up'));
    try {
      const given = parameters === undefined ? undefined : [...parameters];
      const result = await this.#client.query(sql, given);
      // Several statements give several results; nobody asks for those.
      if (Array.isArray(result)) return { rows: [], affectedCount: 0 };
      const isRead = result.command === 'SELECT';
      return { rows: result.rows, affectedCount: isRead ? 0 : (result.rowCount ?? 0) };
    } catch (error) {
      throw connectionError(error);
    }
  }

  release(): void {
    this.#giveBack(false);
  }

  destroy(): void {
    this.#giveBack(true);
  }

  #giveBack(isBroken: boolean): void {
    const client = this.#client;
    this.#client = null;
    client?.off('error', this.#onBroken);
    client?.release(isBroken);
  }

  /** The statement under way rejects, or the next one does. */
  readonly #onBroken = (): void => undefined;
}

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === int8) return Number;
  if (oid === date) return String;
  return types.getTypeParser(oid, format);
}
