import type { Log, Metrics } from '../../observe/observe.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import type { Closer } from '../../runtime/closer.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { Random } from '../../runtime/random.ts';
import type { Trust } from '../../runtime/trust.ts';
import type { JournalEntry } from '../../store/store.ts';
import type { Leg, Transport } from '../transport.ts';
import { callNews } from './call-news.ts';
import type { CallerSocket, CallerSocketEvents } from './caller-socket.ts';
import { BrowserLeg } from './leg.ts';
import { closeCodes, encodeMessage, type Hello, parseClientMessage, wireVersion } from './wire.ts';

/** What is known of whoever opened the socket. */
export interface BrowserCaller {
  readonly trust: Trust;
  /** Unset: the default organisation. */
  readonly organisationId?: string;
}

export interface BrowserParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A page answers our `welcome` at once. */
const helloMsMax = 10_000;
/** Sockets that have not said `hello` yet, of all callers together. A guess. */
const waitingMax = 64;
/**
 * The least that a page holds back before it plays, and the most that is believed: what it says can
 * only make less count as heard.
 */
const playoutDelayMs = { min: 60, max: 2_000 };
/** A round trip longer than this is somebody who answered late. */
const roundTripMsMax = 1_000;

/** A socket from its opening to its end: waits for `hello`, then carries a leg. */
interface Connection {
  readonly socket: CallerSocket;
  readonly caller: BrowserCaller;
  readonly welcomedAtMs: number;
  readonly deadline: Timer;
  leg: BrowserLeg | null;
}

/**
 * Callers who come from a web page. Who may open a socket is decided before `accept`; what happens
 * in a call reaches its page by `follow`.
 */
export class BrowserTransport implements Transport {
  readonly kind = 'browser';
  readonly #parts: BrowserParts;
  readonly #waiting = new Set<Connection>();
  readonly #legs = new Map<string, BrowserLeg>();
  /** The legs of sessions in progress, by session. */
  readonly #followed = new Map<string, BrowserLeg>();
  #onLeg: ((leg: Leg) => void) | null = null;

  constructor(parts: BrowserParts) {
    this.#parts = { ...parts, log: parts.log.child('browser') };
  }

  /** Closing turns away those who have not said `hello`; calls in progress go on. */
  async listen(onLeg: (leg: Leg) => void): Promise<Closer> {
    this.#onLeg = onLeg;
    return {
      close: async () => {
        this.#onLeg = null;
        for (const connection of this.#waiting) {
          connection.socket.close(closeCodes.goingAway, 'the gateway closes its doors');
        }
      },
    };
  }

  /** Takes a socket that has just been opened. */
  accept(socket: CallerSocket, caller: BrowserCaller): void {
    const { clock } = this.#parts;
    const connection: Connection = {
      socket,
      caller,
      welcomedAtMs: clock.monotonicMs(),
      deadline: clock.setTimer(helloMsMax, () => this.#turnAway(connection, 'helloLate')),
      leg: null,
    };
    socket.listen(this.#eventsOf(connection));
    this.#waiting.add(connection);
    if (this.#onLeg === null) this.#turnAway(connection, 'goingAway');
    else if (this.#waiting.size > waitingMax) this.#turnAway(connection, 'tooManyWaiting');
    else socket.sendText(encodeMessage({ type: 'welcome', version: wireVersion }));
  }

  /** Shows a caller what was written down of the call. Entries of other calls are passed over. */
  follow(entry: JournalEntry): void {
    if (entry.type === 'session-start') {
      const leg = this.#legs.get(entry.callId);
      if (leg) this.#followed.set(entry.sessionId, leg);
    }
    const leg = this.#followed.get(entry.sessionId);
    if (leg === undefined) return;
    const news = callNews(entry);
    if (news) leg.tell(news);
    if (entry.type === 'session-end') this.#followed.delete(entry.sessionId);
  }

  #eventsOf(connection: Connection): CallerSocketEvents {
    return {
      onText: (text) => {
        if (connection.leg) connection.leg.onText(text);
        else if (this.#waiting.has(connection)) this.#greet(connection, text);
      },
      onAudio: (bytes) => {
        if (connection.leg) connection.leg.onAudio(bytes);
        else this.#turnAway(connection, 'malformed');
      },
      onFault: (reason) => {
        if (connection.leg) connection.leg.onFault(reason);
        else this.#turnAway(connection, 'malformed');
      },
      onClose: (code) => {
        this.#decide(connection);
        if (!connection.leg) return;
        this.#legs.delete(connection.leg.id);
        connection.leg.onClose(code);
      },
    };
  }

  #greet(connection: Connection, text: string): void {
    try {
      const message = parseClientMessage(text);
      if (message.type === 'hello') this.#enter(connection, message);
      else this.#turnAway(connection, 'malformed');
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#turnAway(connection, 'malformed');
    }
  }

  #enter(connection: Connection, hello: Hello): void {
    const { socket, caller } = connection;
    this.#decide(connection);
    const { persona, provider } = hello;
    const { organisationId, trust } = caller;
    const call = {
      callId: this.#parts.random.uuid(),
      ...(persona !== undefined && { persona }),
      ...(provider !== undefined && { provider }),
      ...(organisationId !== undefined && { organisationId }),
      variables: {},
    };
    const farEndDelayMs = this.#delayOf(connection, hello);
    const leg = new BrowserLeg(socket, { call, trust, farEndDelayMs }, this.#parts);
    connection.leg = leg;
    this.#legs.set(leg.id, leg);
    this.#onLeg?.(leg);
  }

  /** What the page holds back, and the way there: at most the round trip of its greeting. */
  #delayOf({ welcomedAtMs }: Connection, hello: Hello): number {
    const roundTripMs = this.#parts.clock.monotonicMs() - welcomedAtMs;
    const { min, max } = playoutDelayMs;
    const heldMs = Math.min(max, Math.max(min, hello.playoutDelayMs));
    return Math.ceil(heldMs + Math.min(roundTripMs, roundTripMsMax));
  }

  #decide(connection: Connection): void {
    connection.deadline.cancel();
    this.#waiting.delete(connection);
  }

  #turnAway(connection: Connection, reason: keyof typeof closeCodes): void {
    if (!this.#waiting.has(connection)) return;
    this.#decide(connection);
    connection.socket.close(closeCodes[reason], reason);
    if (reason === 'goingAway') return;
    this.#parts.metrics.count('offhook_limits_total', { limit: `browser-${reason}` });
    this.#parts.log.warn('a browser was turned away', { reason });
  }
}
