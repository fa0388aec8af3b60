import type { Clock } from '../runtime/clock.ts';
import type {
  ConnectMessageSocket,
  MessageSocket,
  MessageSocketEvents,
  SocketClose,
} from '../runtime/message-socket.ts';
import type { ServedConnection } from './connection.ts';
import type { Admission, RealtimeServer } from './realtime-server.ts';

/**
 * Connects to a server in the same process. Everything arrives by a timer of no delay, never from
 * inside a call, in order; a clock of the simulator makes it repeatable.
 */
export function connectInMemory(server: RealtimeServer, clock: Clock): ConnectMessageSocket {
  return (target, events) => new MemoryPipe(server, clock, target, events);
}

class MemoryPipe implements MessageSocket {
  readonly #clock: Clock;
  readonly #events: MessageSocketEvents;
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  #served: ServedConnection | null = null;
  #answersPings = true;
  #isOver = false;

  constructor(
    server: RealtimeServer,
    clock: Clock,
    target: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
    events: MessageSocketEvents,
  ) {
    this.#clock = clock;
    this.#events = events;
    this.#toServer = new Lane(clock, (message) => this.#served?.onMessage(message));
    this.#toClient = new Lane(clock, (message) => events.onMessage(message));
    const headers = Object.fromEntries(
      Object.entries(target.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const admission = server.admit({ url: target.url, headers });
    clock.setTimer(0, () => this.#open(admission));
  }

  get bufferedBytes(): number {
    return this.#toServer.waitingBytes;
  }

  ping(onPong: () => void): void {
    if (!this.#isOver && this.#answersPings) this.#clock.setTimer(0, onPong);
  }

  send(message: string | Uint8Array): void {
    if (!this.#isOver) this.#toServer.push(message);
  }

  close(code: number, reason: string): void {
    this.#end({ code, reason });
  }

  #open(admission: Admission): void {
    if (this.#isOver) return;
    if (admission.is === 'refused') {
      const { status: httpStatus, body: httpBody } = admission;
      this.#end({ code: 1006, reason: '', httpStatus, httpBody });
      return;
    }
    this.#answersPings = admission.answersPings;
    this.#events.onOpen();
    // The owner may have closed in answer to its opening.
    if (this.#isOver) return;
    this.#served = admission.serve({
      send: (text) => {
        if (!this.#isOver) this.#toClient.push(text);
      },
      close: (code, reason) => this.#end({ code, reason }),
      // What was sent before still arrives, as it mostly does over TCP.
      drop: () => this.#end({ code: 1006, reason: '' }),
    });
    this.#toServer.start();
    this.#toClient.start();
  }

  #end(close: SocketClose): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#toServer.discard();
    this.#served?.onClose();
    this.#toClient.finish(() => this.#events.onClose(close));
  }
}

/** One direction: messages wait for the next turn of the clock. */
class Lane {
  readonly #clock: Clock;
  readonly #onMessage: (message: Buffer) => void;
  #waiting: Buffer[] = [];
  #isStarted = false;
  #isDue = false;
  #onFinish: (() => void) | null = null;
  waitingBytes = 0;

  constructor(clock: Clock, onMessage: (message: Buffer) => void) {
    this.#clock = clock;
    this.#onMessage = onMessage;
  }

  start(): void {
    this.#isStarted = true;
    this.#schedule();
  }

  push(message: string | Uint8Array): void {
    const copy = typeof message === 'string' ? Buffer.from(message) : Buffer.from(message);
    this.#waiting.push(copy);
    this.waitingBytes += copy.length;
    this.#schedule();
  }

  discard(): void {
    this.#waiting = [];
    this.waitingBytes = 0;
  }

  /** Calls `onFinish` when what waits has been delivered. */
  finish(onFinish: () => void): void {
    this.#onFinish = onFinish;
    this.start();
  }

  #schedule(): void {
    if (!this.#isStarted || this.#isDue) return;
    this.#isDue = true;
    this.#clock.setTimer(0, () => this.#deliver());
  }

  #deliver(): void {
    this.#isDue = false;
    const messages = this.#waiting;
    this.discard();
    for (const message of messages) this.#onMessage(message);
    const onFinish = this.#onFinish;
    this.#onFinish = null;
    onFinish?.();
  }
}
