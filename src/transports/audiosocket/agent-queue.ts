import { type AudioFormat, bytesPerMs, frameBytes } from '../../audio/format.ts';
import { assert } from '../../runtime/assert.ts';
import type { ByteSocket } from '../../runtime/byte-socket.ts';
import { headerBytes, kindOfFormat, writeHeader } from './wire.ts';

/** Agent audio that may wait for a far end that does not read; frames beyond are dropped. */
const agentQueueMsMax = 1000;
/** A far end that has taken nothing for this long is dead. Asterisk itself gives up after 2 s. */
const stalledMsMax = 10_000;
/** `queue-full`: the first frame that is dropped in a row; `dropped`: those after it. */
export type SendOutcome = 'sent' | 'queue-full' | 'dropped' | 'dead';

/**
 * Frames on their way to the socket, each in one write. A buffer goes out again as soon as the
 * operating system has taken all, which is at once while the far end reads: then one is enough.
 */
export class AgentQueue {
  readonly #socket: ByteSocket;
  readonly #frameBytes: number;
  readonly #kind: number;
  readonly #queueBytesMax: number;
  readonly #messages: Uint8Array[] = [];
  #heldCount = 0;
  /** What the socket held when we last looked, and when it was last seen to have taken some. */
  #bufferedBytes = 0;
  #takenAtMs = 0;
  #isDropping = false;
  framesDropped = 0;

  constructor(socket: ByteSocket, format: AudioFormat) {
    this.#socket = socket;
    this.#frameBytes = frameBytes(format);
    this.#kind = kindOfFormat(format);
    this.#queueBytesMax = agentQueueMsMax * bytesPerMs(format);
  }

  send(bytes: Uint8Array, offset: number, length: number, nowMs: number): SendOutcome {
    assert(length === this.#frameBytes, 'agent audio comes in frames of 20 ms');
    const { bufferedBytes } = this.#socket;
    if (bufferedBytes === 0) this.#heldCount = 0;
    if (bufferedBytes === 0 || bufferedBytes < this.#bufferedBytes) this.#takenAtMs = nowMs;
    this.#bufferedBytes = bufferedBytes;
    if (nowMs - this.#takenAtMs >= stalledMsMax) return 'dead';
    if (bufferedBytes + length > this.#queueBytesMax) return this.#drop();
    this.#isDropping = false;
    this.#write(bytes, offset, length);
    this.#bufferedBytes = this.#socket.bufferedBytes;
    return 'sent';
  }

  #drop(): SendOutcome {
    this.framesDropped += 1;
    if (this.#isDropping) return 'dropped';
    this.#isDropping = true;
    return 'queue-full';
  }

  #write(bytes: Uint8Array, offset: number, length: number): void {
    let message = this.#messages[this.#heldCount];
    if (!message) {
      message = new Uint8Array(headerBytes + length);
      writeHeader(message, this.#kind, length);
      this.#messages.push(message);
    }
    this.#heldCount += 1;
    Buffer.prototype.copy.call(bytes, message, headerBytes, offset, offset + length);
    this.#socket.write(message);
  }
}
