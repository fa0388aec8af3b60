import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../observe/observe.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { type ForgetOrder, forgetRecords } from './session-records.ts';
import type { Database } from './store.ts';

const orderName = /^forget-[\w-]+\.json$/;
const orderShape = z.object({
  sessionIds: z.array(z.string()),
  callerNumber: z.string().nullable(),
});
/** Somebody waits for it, though not on the telephone. */
const lookEveryMs = 5_000;

/**
 * Leaves an order in the journal's directory for the gateway that alone may open the embedded
 * database. It is carried out within seconds, or at the next start.
 */
export function leaveForgetOrder(directory: string, order: ForgetOrder, uuid: string): void {
  const file = join(directory, `forget-${uuid}.json`);
  writeFileSync(file, JSON.stringify(order), { mode: 0o600, flush: true });
}

/** Carries out the orders left in `directory`, for as long as it is open. */
export class ForgetOrders implements Closer {
  readonly #directory: string;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Log;
  #timer: Timer | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(
    directory: string,
    parts: { readonly database: Database; readonly clock: Clock; readonly log: Log },
  ) {
    this.#directory = directory;
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#lookLater();
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.#work;
  }

  #lookLater(): void {
    this.#timer = this.#clock.setTimer(lookEveryMs, () => {
      this.#work = this.#carryOut().finally(() => {
        if (this.#timer !== null) this.#lookLater();
      });
    });
  }

  #orders(): readonly string[] {
    try {
      return readdirSync(this.#directory).filter((each) => orderName.test(each));
    } catch (error) {
      this.#log.error('orders to forget cannot be looked for', { reason: messageOf(error) });
      return [];
    }
  }

  async #carryOut(): Promise<void> {
    for (const name of this.#orders()) {
      const file = join(this.#directory, name);
      try {
        const order = orderShape.parse(JSON.parse(readFileSync(file, 'utf8')));
        const ids = await forgetRecords(this.#database, order);
        rmSync(file);
        this.#log.info('sessions were forgotten on request', { sessionCount: ids.length });
      } catch (error) {
        // The order stays: it is tried again as long as it takes.
        if (!(error instanceof GatewayError) || !error.retryable) {
          this.#log.error('an order to forget cannot be carried out', { reason: messageOf(error) });
        }
      }
    }
  }
}
