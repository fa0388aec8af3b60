import { createHash } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Random } from '../../runtime/random.ts';
import type { Principal } from '../auth/principal.ts';

/** From the page's request to its socket is a moment; a minute is for a slow telephone network. */
export const ticketMsMax = 60_000;
/** Tickets that were not used yet. A guess. */
const ticketsMax = 1_000;

interface Ticket {
  readonly principal: Principal;
  readonly endsMs: number;
}

/**
 * What a browser shows in the place of credentials when it opens a WebSocket, because it cannot
 * send headers there. Each is good once, for a minute. Only digests are kept: what is compared is
 * not what somebody sent, so the time it takes tells nothing.
 */
export class Tickets {
  readonly #clock: Clock;
  readonly #random: Random;
  /** By digest, the oldest first. */
  readonly #tickets = new Map<string, Ticket>();

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Throws `RATE_LIMITED` when too many wait to be used. */
  issue(principal: Principal): string {
    this.#forgetOld();
    if (this.#tickets.size >= ticketsMax) {
      const message = `${ticketsMax} tickets wait to be used: one is free in a minute`;
      throw new GatewayError('RATE_LIMITED', message, { retryAfterS: ticketMsMax / 1_000 });
    }
    const text = this.#random.id('tkt_');
    const endsMs = this.#clock.monotonicMs() + ticketMsMax;
    this.#tickets.set(digestOf(text), { principal, endsMs });
    return text;
  }

  /** Whose ticket it is, once; `null` for one that was used, is too old or never was. */
  redeem(text: string): Principal | null {
    const digest = digestOf(text);
    const ticket = this.#tickets.get(digest);
    this.#tickets.delete(digest);
    if (ticket === undefined || this.#clock.monotonicMs() >= ticket.endsMs) return null;
    return ticket.principal;
  }

  #forgetOld(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [digest, { endsMs }] of this.#tickets) {
      if (nowMs < endsMs) return;
      this.#tickets.delete(digest);
    }
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
