import type { Kysely } from 'kysely';
import type { Log, Metrics } from '../observe/observe.ts';
import { assert } from '../runtime/assert.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { type Connection, type Engine, queryCanceled, sqlStateOf, unavailable } from './engine.ts';
import {
  type Database,
  type DatabaseState,
  defaultOrganisationId,
  type TransactionOptions,
} from './store.ts';
import type { Tables } from './tables.ts';

/** What a caller may wait for a tool's data. */
const defaultLimitMs = 5_000;
/** The database ends a statement by itself at the limit: what it says of it may take so long. */
const answerMs = 500;
/** Transactions that run or wait, all together: above, they are refused. */
const transactionsMax = 1_000;
/** Before the second attempt in a row to open; the first follows at once. Doubles to the last. */
const reopenDelayMsMin = 500;
const reopenDelayMsMax = 10_000;

const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface BackgroundDatabaseParts {
  /** Opens the database; rejects with what stands against it. Asked again and again. */
  readonly open: () => Promise<Engine>;
  readonly isEmbedded: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

type Life =
  | { readonly is: 'opening'; readonly engine: Promise<Engine | null> }
  | { readonly is: 'ready'; readonly engine: Engine }
  | { readonly is: 'pausing'; readonly reason: string; readonly timer: Timer }
  | { readonly is: 'closed' };

/**
 * A database that is opened in the background and again whenever it was lost. Who asks while it is
 * being opened waits for it; who asks between two attempts is told at once that it is away.
 */
export class BackgroundDatabase implements Database {
  readonly isEmbedded: boolean;
  readonly #parts: BackgroundDatabaseParts;
  #life: Life = { is: 'closed' };
  /** Attempts in a row that failed, and what the last one came to. */
  #failureCount = 0;
  #reason: string | null = null;
  #transactionCount = 0;

  constructor(parts: BackgroundDatabaseParts) {
    this.#parts = parts;
    this.isEmbedded = parts.isEmbedded;
    this.#open();
  }

  get state(): DatabaseState {
    return this.#life.is === 'ready' ? { is: 'ready' } : { is: 'away', reason: this.#reason };
  }

  async transaction<Result>(
    work: (rows: Kysely<Tables>) => Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    if (this.#transactionCount >= transactionsMax) {
      this.#parts.metrics.count('offhook_limits_total', { limit: 'store_transactions' });
      throw unavailable(`${transactionsMax} transactions wait for the database`);
    }
    this.#transactionCount += 1;
    try {
      return await this.#transaction(work, options);
    } finally {
      this.#transactionCount -= 1;
    }
  }

  async close(): Promise<void> {
    const life = this.#life;
    this.#life = { is: 'closed' };
    if (life.is === 'pausing') life.timer.cancel();
    if (life.is === 'ready') await life.engine.close();
    // Who opens sees that nobody wants it any more.
    if (life.is === 'opening') await life.engine;
  }

  #open(): void {
    const engine = this.#parts.open().then(
      (opened) => this.#onOpened(opened),
      (thrown) => this.#onFailed(thrown),
    );
    this.#life = { is: 'opening', engine };
  }

  async #onOpened(engine: Engine): Promise<Engine | null> {
    if (this.#life.is === 'closed') {
      await engine.close();
      return null;
    }
    this.#life = { is: 'ready', engine };
    this.#reason = null;
    this.#parts.metrics.set('offhook_store_ready', {}, 1);
    this.#parts.log.info('database is open', { isEmbedded: this.isEmbedded });
    void engine.ended.then((reason) => this.#onLost(engine, reason));
    return engine;
  }

  /** An engine that was given up is closed when those who use it have ended. */
  #onLost(engine: Engine, reason: string): void {
    if (this.#life.is !== 'ready' || this.#life.engine !== engine) return;
    this.#parts.log.warn('database is lost', { reason });
    this.#parts.metrics.set('offhook_store_ready', {}, 0);
    this.#reason = reason;
    this.#failureCount = 0;
    void engine.close();
    this.#open();
  }

  #onFailed(thrown: unknown): null {
    if (this.#life.is === 'closed') return null;
    const reason = messageOf(thrown);
    const { clock, log, metrics } = this.#parts;
    // Once for each reason: it may be away for days.
    if (reason !== this.#reason) log.error('database cannot be opened', { reason });
    this.#reason = reason;
    metrics.set('offhook_store_ready', {}, 0);
    const delayMs = Math.min(reopenDelayMsMin * 2 ** this.#failureCount, reopenDelayMsMax);
    this.#failureCount += 1;
    const timer = clock.setTimer(delayMs, () => this.#open());
    this.#life = { is: 'pausing', reason, timer };
    return null;
  }

  async #transaction<Result>(
    work: (rows: Kysely<Tables>) => Promise<Result>,
    options: TransactionOptions,
  ): Promise<Result> {
    const { limitMs = defaultLimitMs } = options;
    const limit = this.#startLimit(limitMs);
    try {
      const connection = await limit.within(this.#connection(), (late) => late.release());
      limit.onOver = (reason) => connection.destroy(reason);
      try {
        const result = await limit.within(inTransaction(connection, work, options, limitMs));
        connection.release();
        return result;
      } catch (error) {
        // After the limit it is destroyed already; both are safe to ask for twice.
        if (isUnavailable(error)) connection.destroy(messageOf(error));
        else connection.release();
        throw sqlStateOf(error) === queryCanceled ? timeout(limitMs, error) : error;
      }
    } finally {
      limit.end();
    }
  }

  async #engine(): Promise<Engine> {
    const life = this.#life;
    if (life.is === 'ready') return life.engine;
    const engine = life.is === 'opening' ? await life.engine : null;
    if (engine !== null) return engine;
    throw unavailable(`the database is away: ${this.#reason ?? 'it is closed'}`);
  }

  /** An engine that turns out to be lost is opened again at once: that is waited for. */
  async #connection(): Promise<Connection> {
    const engine = await this.#engine();
    try {
      return await engine.acquire();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#onLost(engine, messageOf(error));
      return await (await this.#engine()).acquire();
    }
  }

  /** A watchdog outside the database: whatever hangs, whoever waits for it is told. */
  #startLimit(limitMs: number): Limit {
    const { clock, log, metrics } = this.#parts;
    const { promise: over, reject } = Promise.withResolvers<never>();
    // Nobody may be waiting when it is over.
    over.catch(() => undefined);
    const limit: Limit = {
      onOver: () => undefined,
      within: (step, onLate) => {
        return Promise.race([step, over]).catch((error) => {
          if (isOver && onLate !== undefined) step.then(onLate, () => undefined);
          throw error;
        });
      },
      end: () => timer.cancel(),
    };
    let isOver = false;
    const timer = clock.setTimer(limitMs + answerMs, () => {
      isOver = true;
      metrics.count('offhook_limits_total', { limit: 'store_query' });
      log.warn('a query took too long and was given up', { limitMs, isEmbedded: this.isEmbedded });
      reject(timeout(limitMs));
      limit.onOver(`a query was not over after ${limitMs} ms`);
    });
    return limit;
  }
}

interface Limit {
  /** What else is to be done when it is over. */
  onOver: (reason: string) => void;
  /** `step`, or `STORE_TIMEOUT`; then `onLate` gets what `step` comes to after all. */
  within<Value>(step: Promise<Value>, onLate?: (value: Value) => void): Promise<Value>;
  end(): void;
}

async function inTransaction<Result>(
  connection: Connection,
  work: (rows: Kysely<Tables>) => Promise<Result>,
  options: TransactionOptions,
  limitMs: number,
): Promise<Result> {
  await connection.run(beginStatement(options, limitMs));
  try {
    // Loaded when a database is there to be asked: its 255 modules are a sixth of a start.
    const { kyselyOn } = await import('./kysely-on-connection.ts');
    const result = await work(kyselyOn(connection));
    await connection.run('commit');
    return result;
  } catch (error) {
    if (!isUnavailable(error)) await connection.run('rollback');
    throw error;
  }
}

/**
 * All settings are of this transaction alone, so that a pooler may give the connection to others
 * after it. One round trip.
 */
function beginStatement(options: TransactionOptions, limitMs: number): string {
  const { organisationId = defaultOrganisationId, isReadOnly = false } = options;
  assert(uuidShape.test(organisationId), 'an organisation is named by a UUID in lower case');
  const settings = {
    role: 'offhook_gateway',
    search_path: 'offhook, extensions, public',
    'offhook.organisation_id': organisationId,
    statement_timeout: String(Math.ceil(limitMs)),
    idle_in_transaction_session_timeout: String(Math.ceil(limitMs + 2 * answerMs)),
  };
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config('${name}', '${value}', true)`,
  );
  return `begin${isReadOnly ? ' read only' : ''}; select ${calls.join(', ')}`;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'STORE_UNAVAILABLE';
}

function timeout(limitMs: number, cause?: unknown): GatewayError {
  const message = `the database took over ${limitMs} ms`;
  return new GatewayError('STORE_TIMEOUT', message, { limitMs }, cause);
}
