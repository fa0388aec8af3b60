import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import type {
  ConnectMessageSocket,
  MessageSocket,
  SocketClose,
} from '../runtime/message-socket.ts';
import { type AriEvent, decodeAriMessage } from './ari-wire.ts';

/** Before the first and the last of the attempts to connect again; doubled in between. A guess. */
const reconnectMsMin = 250;
const reconnectMsMax = 10_000;
/** Asterisk pings nobody: a connection that died without a word shows only by our asking. */
const pingIntervalMs = 15_000;
/** Types of events that we do not know are told once each, up to so many. */
const toldTypesMax = 32;

export interface AriEventsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly connect: ConnectMessageSocket;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly onEvent: (event: AriEvent) => void;
  /** The events flow, for the first time or again: what happened meanwhile was not told. */
  readonly onOpen: () => void;
}

/** No connection: trying or waiting to | connected; a ping is out when `isAwaitingPong`. */
type Line =
  | { readonly is: 'down'; readonly attempt: number }
  | { readonly is: 'up'; readonly socket: MessageSocket; isAwaitingPong: boolean }
  | { readonly is: 'closed' };

/**
 * The events of our application at Asterisk. While this is connected the application is there for
 * the dialplan; when the connection is lost it is made again until `close`.
 */
export class AriEvents {
  readonly #parts: AriEventsParts;
  readonly #toldTypes = new Set<string>();
  #line: Line = { is: 'down', attempt: 0 };
  #timer: Timer | null = null;
  #socket: MessageSocket | null = null;

  constructor(parts: AriEventsParts) {
    this.#parts = parts;
  }

  get isConnected(): boolean {
    return this.#line.is === 'up';
  }

  /** Connects. Called once. */
  open(): void {
    const { connect, url, headers } = this.#parts;
    const socket = connect(
      { url, headers },
      {
        onOpen: () => this.#opened(socket),
        onMessage: (message) => this.#onMessage(message),
        onClose: (close) => this.#lost(close),
      },
    );
    this.#socket = socket;
  }

  close(): void {
    this.#line = { is: 'closed' };
    this.#timer?.cancel();
    this.#socket?.close(1000, 'shutting down');
  }

  #opened(socket: MessageSocket): void {
    if (this.#line.is === 'closed') return;
    this.#line = { is: 'up', socket, isAwaitingPong: false };
    this.#parts.log.info('ARI events flow');
    this.#ping();
    this.#parts.onOpen();
  }

  #ping(): void {
    this.#timer = this.#parts.clock.setTimer(pingIntervalMs, () => {
      const line = this.#line;
      if (line.is !== 'up') return;
      if (line.isAwaitingPong) {
        line.socket.close(1001, 'no pong');
        return;
      }
      line.isAwaitingPong = true;
      line.socket.ping(() => {
        line.isAwaitingPong = false;
      });
      this.#ping();
    });
  }

  #lost({ code, httpStatus, error }: SocketClose): void {
    const line = this.#line;
    if (line.is === 'closed') return;
    this.#timer?.cancel();
    const attempt = line.is === 'down' ? line.attempt + 1 : 1;
    this.#line = { is: 'down', attempt };
    const inMs = Math.min(reconnectMsMax, reconnectMsMin * 2 ** (attempt - 1));
    const why = { code, httpStatus: httpStatus ?? null, reason: error?.message ?? null };
    this.#parts.log.warn('no ARI events', { ...why, attempt, inMs });
    this.#parts.metrics.count('offhook_ari_lost_total', {});
    this.#timer = this.#parts.clock.setTimer(inMs, () => this.open());
  }

  #onMessage(message: Buffer): void {
    const decoded = decodeAriMessage(message.toString());
    const { log, metrics, onEvent } = this.#parts;
    metrics.count('offhook_ari_events_total', { kind: decoded.is });
    if (decoded.is === 'known') {
      if (decoded.event.type === 'ApplicationReplaced') {
        log.error('another program has taken our ARI application', {
          application: decoded.event.application,
        });
      }
      onEvent(decoded.event);
    } else if (decoded.is === 'malformed') {
      log.warn('ARI event is not understood', { fault: decoded.fault });
    } else if (!this.#toldTypes.has(decoded.type) && this.#toldTypes.size < toldTypesMax) {
      this.#toldTypes.add(decoded.type);
      log.debug('ARI event of no use to us', { type: decoded.type });
    }
  }
}
