import type { Clock, Timer } from '../../runtime/clock.ts';
import type { MessageSocket } from '../../runtime/message-socket.ts';

/**
 * Pings a socket while it lives; `onDead` if a ping goes unanswered for `pongMsMax`. The protocol
 * has no message for this: a WebSocket ping is the only one.
 */
export class KeepAlive {
  readonly #socket: MessageSocket;
  readonly #clock: Clock;
  readonly #times: { readonly pingEveryMs: number; readonly pongMsMax: number };
  readonly #onDead: () => void;
  #nextPing: Timer | null = null;
  #pongDue: Timer | null = null;

  constructor(
    socket: MessageSocket,
    clock: Clock,
    times: { readonly pingEveryMs: number; readonly pongMsMax: number },
    onDead: () => void,
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#times = times;
    this.#onDead = onDead;
  }

  start(): void {
    this.#nextPing = this.#clock.setTimer(this.#times.pingEveryMs, () => this.#ping());
  }

  stop(): void {
    this.#nextPing?.cancel();
    this.#pongDue?.cancel();
  }

  #ping(): void {
    this.#pongDue ??= this.#clock.setTimer(this.#times.pongMsMax, this.#onDead);
    this.start();
    this.#socket.ping(() => {
      this.#pongDue?.cancel();
      this.#pongDue = null;
    });
  }
}
