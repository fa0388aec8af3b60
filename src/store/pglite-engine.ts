import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert, unreachable } from '../runtime/assert.ts';
import type { Clock } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import { type Connection, type Engine, type SqlResult, unavailable } from './engine.ts';
import { applyMigrations, type Migration } from './migrations.ts';
import type { PgliteError, PgliteReply, PgliteRequest } from './pglite.child.ts';

export interface PgliteOptions {
  /** Made if it is missing. One process at a time. */
  readonly directory: string;
  /** What it gets if it lacks it; `null` where somebody else sees to that. */
  readonly migrations: readonly Migration[] | null;
  readonly clock: Clock;
}

/** From the start to the first answer: many times what it takes on a slow disk. */
const openMsMax = 30_000;
/** To write everything down at the end. */
const closeMsMax = 5_000;

/**
 * Postgres in WebAssembly, in a child process of its own: what it does never holds up the event
 * loop that paces calls, and the memory its compiler takes is not ours. Brings itself up to date.
 *
 * `--liftoff-only`: V8's optimising compiler would take 700 to 900 MB for the first minutes.
 */
export async function openPglite(options: PgliteOptions): Promise<Engine> {
  const engine = new PgliteEngine(options);
  try {
    await engine.opened;
    if (options.migrations !== null) await migrate(engine, options.migrations);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function migrate(engine: Engine, migrations: readonly Migration[]): Promise<void> {
  const connection = await engine.acquire();
  try {
    await applyMigrations(connection, migrations);
  } finally {
    connection.release();
  }
}

interface Asked {
  readonly onResult: (result: SqlResult) => void;
  readonly onError: (error: Error) => void;
}

class PgliteEngine implements Engine {
  readonly opened: Promise<void>;
  readonly ended: Promise<string>;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #asked: Asked[] = [];
  /** Who waits for the one connection; the first has it. */
  readonly #queue: (() => void)[] = [];
  #endReason: string | null = null;

  constructor({ directory, clock }: PgliteOptions) {
    this.#clock = clock;
    const file = new URL(`./pglite.child${extname(import.meta.url)}`, import.meta.url);
    this.#child = fork(fileURLToPath(file), [directory], {
      execArgv: ['--liftoff-only'],
      serialization: 'advanced',
      // Nothing of ours, keys least of all, is its business.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (exitCode, signal) => {
        const reason = this.#endReason ?? `its process ended with ${signal ?? exitCode}`;
        for (const { onError } of this.#asked.splice(0)) onError(unavailable(reason));
        for (const onTurn of this.#queue.splice(0)) onTurn();
        this.#endReason = reason;
        resolve(reason);
      });
    });
    this.opened = this.#untilOpened();
  }

  async acquire(): Promise<Connection> {
    if (this.#endReason !== null) throw unavailable(this.#endReason);
    const turn = new Promise<void>((onTurn) => this.#queue.push(onTurn));
    if (this.#queue.length === 1) this.#queue[0]?.();
    await turn;
    if (this.#endReason !== null) throw unavailable(this.#endReason);
    return new OnlyConnection({
      run: (sql, parameters) => this.#run(sql, parameters),
      release: () => {
        this.#queue.shift();
        this.#queue[0]?.();
      },
      kill: (reason) => this.#kill(reason),
    });
  }

  /** Waits for its turn among those who use the connection, as long as it may. */
  async close(): Promise<void> {
    const overdue = this.#clock.setTimer(closeMsMax, () => this.#kill('it did not close in time'));
    const turn = new Promise<void>((onTurn) => this.#queue.push(onTurn));
    if (this.#queue.length === 1 || this.#endReason !== null) this.#queue[0]?.();
    await Promise.race([turn, this.ended]);
    this.#send({ type: 'close' });
    await this.ended;
    overdue.cancel();
  }

  #untilOpened(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const overdue = this.#clock.setTimer(openMsMax, () => {
      this.#kill(`it was not open after ${openMsMax} ms`);
    });
    this.#child.on('message', (reply: PgliteReply) => {
      if (reply.type === 'opened') resolve();
      else if (reply.type === 'refused') reject(new GatewayError(reply.code, reply.message));
      else this.#onReply(reply);
    });
    this.#child.once('error', (error) => reject(unavailable(error.message, error)));
    void this.ended.then((reason) => reject(unavailable(reason)));
    return promise.finally(() => overdue.cancel());
  }

  #onReply(reply: PgliteReply & { type: 'result' | 'error' }): void {
    const asked = this.#asked.shift();
    assert(asked !== undefined, 'nothing is answered that was not asked');
    switch (reply.type) {
      case 'result':
        asked.onResult(reply.result);
        break;
      case 'error':
        asked.onError(sqlError(reply.error));
        break;
      default:
        unreachable(reply);
    }
  }

  #run(sql: string, parameters: readonly unknown[] | undefined): Promise<SqlResult> {
    if (this.#endReason !== null) return Promise.reject(unavailable(this.#endReason));
    return new Promise((onResult, onError) => {
      this.#asked.push({ onResult, onError });
      this.#send({ type: 'run', sql, parameters: parameters ?? null });
    });
  }

  #send(request: PgliteRequest): void {
    if (!this.#child.connected) return;
    // A child that has just died says so by `exit`, which answers for everything asked.
    this.#child.send(request, () => undefined);
  }

  /** The one way to end a query that goes on: what was committed is safe. */
  #kill(reason: string): void {
    this.#endReason ??= reason;
    this.#child.kill('SIGKILL');
  }
}

class OnlyConnection implements Connection {
  readonly run: Connection['run'];
  readonly #onRelease: () => void;
  readonly #kill: (reason: string) => void;
  #isHeld = true;

  constructor(hands: {
    readonly run: Connection['run'];
    readonly release: () => void;
    readonly kill: (reason: string) => void;
  }) {
    this.run = (sql, parameters) => {
      if (!this.#isHeld) return Promise.reject(unavailable('the connection was given up'));
      return hands.run(sql, parameters);
    };
    this.#onRelease = hands.release;
    this.#kill = hands.kill;
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#onRelease();
  }

  destroy(reason: string): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#kill(reason);
  }
}

function sqlError({ message, fields }: PgliteError): Error {
  return Object.assign(new Error(message), fields);
}
