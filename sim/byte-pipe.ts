import { assert } from '../src/runtime/assert.ts';
import type { ByteListener, ByteSocket, ByteSocketEvents } from '../src/runtime/byte-socket.ts';
import type { Clock } from '../src/runtime/clock.ts';
import type { Closer } from '../src/runtime/closer.ts';
import type { Random } from '../src/runtime/random.ts';

export interface BytePipeOptions {
  readonly clock: Clock;
  /** One way. 0 by default. */
  readonly latencyMs?: number;
  /** Cuts what arrives at places of chance, as TCP may; whole writes arrive without it. */
  readonly cutBy?: Random;
  /** Names of the two ends, as the other one sees them. */
  readonly addresses?: readonly [string, string];
}

type Ending = 'fin' | 'reset';

/**
 * Two byte sockets joined in memory. What one writes arrives at the other after the latency, in
 * order; all events come from timers of the clock. A clogged end takes nothing: its writes wait, by
 * reference as in a real socket, and arrive in one burst when it is unclogged.
 */
export function bytePipe(options: BytePipeOptions): readonly [PipeEnd, PipeEnd] {
  const [first, second] = options.addresses ?? ['127.0.0.1', '127.0.0.1'];
  const ends = [new PipeEnd(options, second), new PipeEnd(options, first)] as const;
  ends[0].join(ends[1]);
  ends[1].join(ends[0]);
  return ends;
}

/** One end of a pipe, with the faults that can befall it. */
export class PipeEnd implements ByteSocket {
  readonly remoteAddress: string;
  readonly remotePort = 40_000;
  readonly #options: BytePipeOptions;
  #farEnd: PipeEnd | null = null;
  #events: ByteSocketEvents | null = null;
  /** Written, and not taken because the way is clogged. */
  #untaken: Uint8Array[] = [];
  #isClogged = false;
  /** What this end will say after what it has written. */
  #ending: Ending | null = null;
  #hasEnded = false;

  constructor(options: BytePipeOptions, remoteAddress: string) {
    this.#options = options;
    this.remoteAddress = remoteAddress;
  }

  get bufferedBytes(): number {
    return this.#untaken.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  join(farEnd: PipeEnd): void {
    this.#farEnd = farEnd;
  }

  listen(events: ByteSocketEvents): void {
    assert(this.#events === null, 'a socket is listened to once');
    this.#events = events;
  }

  write(bytes: Uint8Array): void {
    if (this.#ending || this.#hasEnded || bytes.length === 0) return;
    this.#untaken.push(bytes);
    this.#take();
  }

  end(): void {
    if (this.#ending || this.#hasEnded) return;
    this.#ending = 'fin';
    this.#take();
  }

  /** The connection breaks: both ends see a reset. */
  destroy(): void {
    this.#break();
    this.#later(0, () => this.#end('reset'));
  }

  /** From now on the network takes nothing from this end; what is under way still arrives. */
  clog(): void {
    this.#isClogged = true;
  }

  unclog(): void {
    this.#isClogged = false;
    const hadUntaken = this.#untaken.length > 0;
    this.#take();
    if (hadUntaken) this.#later(0, () => !this.#hasEnded && this.#events?.onDrain());
  }

  /** What was not taken is lost; the far end is told of a reset behind what is under way. */
  #break(): void {
    if (this.#ending === 'reset' || this.#hasEnded) return;
    this.#untaken = [];
    this.#ending = 'reset';
    this.#later(this.#latencyMs, () => this.farEnd.#end('reset'));
  }

  #take(): void {
    if (this.#isClogged) return;
    if (this.#untaken.length > 0) {
      const bytes = Buffer.concat(this.#untaken);
      this.#untaken = [];
      this.#later(this.#latencyMs, () => this.farEnd.#receive(bytes));
    }
    if (this.#ending === 'fin') this.#later(this.#latencyMs, () => this.farEnd.#end('fin'));
  }

  #receive(bytes: Uint8Array): void {
    const { cutBy } = this.#options;
    for (let at = 0; at < bytes.length && !this.#hasEnded; ) {
      const rest = bytes.length - at;
      const pieceBytes = cutBy ? 1 + Math.floor(cutBy.next() * rest) : rest;
      this.#events?.onBytes(bytes.subarray(at, at + pieceBytes));
      at += pieceBytes;
    }
    // A receiver that keeps what it should have copied finds rubbish.
    bytes.fill(0xee);
  }

  /** As a TCP socket that is not half open: who is told of an end closes its own side too. */
  #end(how: Ending): void {
    if (this.#hasEnded) return;
    if (how === 'fin') this.end();
    this.#hasEnded = true;
    this.#untaken = [];
    this.#events?.onEnd(how);
  }

  /** The other end: clog that one to keep bytes from coming here. */
  get farEnd(): PipeEnd {
    assert(this.#farEnd !== null, 'a pipe has two ends');
    return this.#farEnd;
  }

  get #latencyMs(): number {
    return this.#options.latencyMs ?? 0;
  }

  #later(delayMs: number, onFire: () => void): void {
    this.#options.clock.setTimer(delayMs, onFire);
  }
}

/** A place to call in memory: `connect` gives the caller's end of a new pipe. */
export class PipeListener implements ByteListener {
  readonly host: string;
  readonly #options: BytePipeOptions;
  #onSocket: ((socket: ByteSocket) => void) | null = null;

  constructor(options: BytePipeOptions, host = '127.0.0.1') {
    this.#options = options;
    this.host = host;
  }

  async listen(onSocket: (socket: ByteSocket) => void): Promise<Closer> {
    this.#onSocket = onSocket;
    return {
      close: async () => {
        this.#onSocket = null;
      },
    };
  }

  /** `from` is the address that the gateway sees. Nobody listening: the pipe breaks off at once. */
  connect(from = '127.0.0.1'): PipeEnd {
    const [caller, gateway] = bytePipe({ ...this.#options, addresses: [from, this.host] });
    if (this.#onSocket) this.#onSocket(gateway);
    else gateway.destroy();
    return caller;
  }
}
