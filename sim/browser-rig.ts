import { seededRandom } from '../src/runtime/random.ts';
import type { CallerSocket, CallerSocketEvents } from '../src/transports/browser/caller-socket.ts';
import { type BrowserCaller, BrowserTransport } from '../src/transports/browser/server.ts';
import { type ServerMessage, serverMessage } from '../src/transports/browser/wire.ts';
import type { Leg } from '../src/transports/transport.ts';
import { copyOf } from './audiosocket-caller.ts';
import { recordingLog, recordingMetrics } from './recorders.ts';
import { VirtualClock } from './virtual-clock.ts';

const latencyMs = 1;
const abnormalClosure = 1006;

/** A page as the gateway sees it: both ends of a WebSocket in memory, on the virtual clock. */
export class PageWire {
  /** What the page was told, in order, and the sound it was sent. */
  readonly told: ServerMessage[] = [];
  readonly heard: Uint8Array[] = [];
  /** By which code the gateway closed; `terminated` without one. */
  closedBy: number | 'terminated' | null = null;
  answersPings = true;
  readonly socket: CallerSocket;
  readonly #clock: VirtualClock;
  #events: CallerSocketEvents | null = null;
  #isClogged = false;
  #isOver = false;
  #waiting: (() => void)[] = [];
  #waitingBytes = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.socket = this.#makeSocket();
  }

  says(message: object): void {
    this.saysText(JSON.stringify(message));
  }

  saysText(text: string): void {
    this.#later(() => this.#events?.onText(text));
  }

  sends(bytes: Uint8Array): void {
    const copy = bytes.slice();
    this.#later(() => this.#events?.onAudio(copy));
  }

  breaksRules(reason: string): void {
    this.#later(() => this.#events?.onFault(reason));
  }

  closes(code = 1000): void {
    this.#later(() => this.#end(code));
  }

  breaksOff(): void {
    this.closes(abnormalClosure);
  }

  /** The page reads nothing, until the next call with `false`. */
  clogs(isClogged: boolean): void {
    this.#isClogged = isClogged;
    if (isClogged) return;
    for (const take of this.#waiting) take();
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** What the page was told of this type. */
  ofType<Type extends ServerMessage['type']>(type: Type) {
    return this.told.filter(
      (message): message is Extract<ServerMessage, { type: Type }> => message.type === type,
    );
  }

  #makeSocket(): CallerSocket {
    const wire = this;
    return {
      listen(events) {
        wire.#events = events;
      },
      sendText(text) {
        const message = serverMessage.parse(JSON.parse(text));
        wire.#deliver(text.length, () => wire.told.push(message));
      },
      sendAudio(bytes, offset, length) {
        const copy = copyOf(bytes, offset, length);
        wire.#deliver(length, () => wire.heard.push(copy));
      },
      get bufferedBytes() {
        return wire.#waitingBytes;
      },
      ping(onPong) {
        if (wire.answersPings) wire.#later(onPong);
      },
      close(code) {
        if (wire.#isOver) return;
        wire.closedBy ??= code;
        wire.#later(() => wire.#end(code));
      },
      terminate() {
        if (wire.#isOver) return;
        wire.closedBy ??= 'terminated';
        wire.#later(() => wire.#end(abnormalClosure));
      },
    };
  }

  #deliver(bytes: number, take: () => void): void {
    if (this.#isOver) return;
    if (!this.#isClogged) {
      take();
      return;
    }
    this.#waiting.push(take);
    this.#waitingBytes += bytes;
  }

  #later(happen: () => void): void {
    this.#clock.setTimer(latencyMs, () => {
      if (!this.#isOver) happen();
    });
  }

  #end(code: number): void {
    this.#isOver = true;
    this.#events?.onClose(code);
  }
}

/** The production transport on the virtual clock, and a way to call it. */
export async function browserRig() {
  const clock = new VirtualClock();
  const log = recordingLog();
  const metrics = recordingMetrics();
  const transport = new BrowserTransport({ clock, log, metrics, random: seededRandom(1) });
  const legs: Leg[] = [];
  const closer = await transport.listen((leg) => legs.push(leg));
  return {
    clock,
    log,
    metrics,
    transport,
    closer,
    legs,
    /** Opens a socket, without a word. */
    connect(caller: BrowserCaller = { trust: 'verified' }): PageWire {
      const wire = new PageWire(clock);
      transport.accept(wire.socket, caller);
      return wire;
    },
    /** Opens a socket, says hello and waits for its leg. */
    call(hello: object = {}, caller?: BrowserCaller) {
      const wire = this.connect(caller);
      wire.says({ type: 'hello', version: 1, playoutDelayMs: 100, ...hello });
      clock.advance(10);
      const leg = legs.at(-1);
      if (leg === undefined) throw new Error('no leg has come');
      return { wire, leg };
    },
  };
}
