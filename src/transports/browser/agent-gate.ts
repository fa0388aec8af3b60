import { type AudioFormat, bytesPerMs } from '../../audio/format.ts';
import type { CallerSocket } from './caller-socket.ts';

/** Agent audio that may wait for a far end that does not read; frames beyond are dropped. */
const waitingMsMax = 1_000;
/** A far end that has taken nothing for this long is dead. */
const stalledMsMax = 10_000;

/** `queue-full`: the first frame that is dropped in a row; `dropped`: those after it. */
export type SendOutcome = 'sent' | 'queue-full' | 'dropped' | 'dead';

/** Lets frames through to a socket as long as few enough wait in it. */
export class AgentGate {
  readonly #socket: CallerSocket;
  readonly #waitingBytesMax: number;
  /** What the socket held when we last looked, and when it was last seen to have taken some. */
  #bufferedBytes = 0;
  #takenAtMs = Number.NEGATIVE_INFINITY;
  #isDropping = false;
  framesDropped = 0;

  constructor(socket: CallerSocket, format: AudioFormat) {
    this.#socket = socket;
    this.#waitingBytesMax = waitingMsMax * bytesPerMs(format);
  }

  send(bytes: Uint8Array, offset: number, length: number, nowMs: number): SendOutcome {
    const { bufferedBytes } = this.#socket;
    const hasTaken = bufferedBytes === 0 || bufferedBytes < this.#bufferedBytes;
    if (hasTaken) this.#takenAtMs = nowMs;
    this.#bufferedBytes = bufferedBytes;
    if (nowMs - this.#takenAtMs >= stalledMsMax) return 'dead';
    if (bufferedBytes + length > this.#waitingBytesMax) {
      const outcome = this.#isDropping ? 'dropped' : 'queue-full';
      this.#isDropping = true;
      this.framesDropped += 1;
      return outcome;
    }
    this.#isDropping = false;
    this.#socket.sendAudio(bytes, offset, length);
    this.#bufferedBytes = this.#socket.bufferedBytes;
    return 'sent';
  }
}
