import { frameMs } from '../src/audio/format.ts';
import type { ByteSocket } from '../src/runtime/byte-socket.ts';
import type { Clock } from '../src/runtime/clock.ts';
import { isAudioKind, MessageParser } from '../src/transports/audiosocket/wire.ts';
import { percentile } from './bench.ts';

/** A loop that has nothing to do turns this often. */
const turnMs = 1;

/** Knows when this process last looked at its sockets: what came while it slept is not late. */
export class LoopWatch {
  readonly #clock: Clock;
  #turnedAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#turnedAtMs = clock.monotonicMs();
    this.#turn();
  }

  /** When what is read now can have come at the earliest. */
  arrivalMs(): number {
    return Math.min(this.#clock.monotonicMs(), this.#turnedAtMs + turnMs);
  }

  #turn(): void {
    this.#turnedAtMs = this.#clock.monotonicMs();
    this.#clock.setTimer(turnMs, () => this.#turn());
  }
}

/** Notes when each frame of the agent arrives on a socket. */
export class FrameWatch {
  readonly #arrivalMs: () => number;
  readonly #offsetsMs: number[] = [];

  constructor(arrivalMs: () => number) {
    this.#arrivalMs = arrivalMs;
  }

  around(socket: ByteSocket): ByteSocket {
    const parser = new MessageParser((kind) => {
      if (!isAudioKind(kind)) return;
      this.#offsetsMs.push(this.#arrivalMs() - this.#offsetsMs.length * frameMs);
    });
    return {
      remoteAddress: socket.remoteAddress,
      remotePort: socket.remotePort,
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      listen: (events) =>
        socket.listen({
          ...events,
          onBytes(bytes) {
            parser.push(bytes);
            events.onBytes(bytes);
          },
        }),
      write: (bytes) => socket.write(bytes),
      end: () => socket.end(),
      destroy: () => socket.destroy(),
    };
  }

  /** Of every frame, against a schedule of 20 ms through the median of the call. */
  get latenessMs(): readonly number[] {
    const dueMs = percentile(this.#offsetsMs, 50);
    return this.#offsetsMs.map((offset) => offset - dueMs);
  }
}
