import { type AudioFormat, bytesPerMs } from '../../audio/format.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { MessageSocket } from '../../runtime/message-socket.ts';
import { AppendWriter } from './append.ts';

/** Audio kept while the link is set up or does not take it: guess, more than a long sentence. */
const heldMsMax = 10_000;
/** Audio unsent in the socket beyond this is a clog, and what follows is held: guess. */
const unsentMsMax = 2_000;
/** A link clogged for so long will not come back: guess, as long as a caller would wait. */
const cloggedMsMax = 10_000;
/** Base64 makes four bytes of three. */
const base64Growth = 4 / 3;

/**
 * The caller's voice on its way into a link, as `input_audio_buffer.append`. Never waits: what the
 * link does not take is held, in order, the oldest dropped first, and sent when the link goes
 * again.
 */
export class CallerAudio {
  readonly #socket: MessageSocket;
  readonly #clock: Clock;
  readonly #heldBytesMax: number;
  readonly #unsentBytesMax: number;
  readonly #on: CallerAudioEvents;
  readonly #append = new AppendWriter();
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isStarted = false;
  #cloggedSinceMs: number | null = null;

  constructor(socket: MessageSocket, clock: Clock, format: AudioFormat, events: CallerAudioEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#on = events;
    this.#heldBytesMax = bytesPerMs(format) * heldMsMax;
    this.#unsentBytesMax = bytesPerMs(format) * unsentMsMax * base64Growth;
  }

  /** The setup is in force: what was held goes first. */
  start(): void {
    this.#isStarted = true;
    this.#sendHeld();
  }

  /** Sends or holds a copy of `length` bytes from `offset`. */
  send(bytes: Uint8Array, offset: number, length: number): void {
    if (this.#isStarted && this.#held.length === 0 && !this.#isClogged()) {
      this.#socket.send(this.#append.write(bytes, offset, length));
      return;
    }
    this.#hold(Buffer.from(bytes.subarray(offset, offset + length)));
    if (this.#isStarted) this.#sendHeld();
  }

  #isClogged(): boolean {
    return this.#socket.bufferedBytes > this.#unsentBytesMax;
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= this.#heldBytesMax) return;
    while (this.#heldBytes > this.#heldBytesMax) this.#takeHeld();
    this.#on.onDropped(heldMsMax);
  }

  #takeHeld(): Buffer | undefined {
    const chunk = this.#held.shift();
    this.#heldBytes -= chunk?.length ?? 0;
    return chunk;
  }

  #sendHeld(): void {
    while (!this.#isClogged()) {
      const chunk = this.#takeHeld();
      if (chunk === undefined) {
        this.#cloggedSinceMs = null;
        return;
      }
      this.#socket.send(this.#append.write(chunk, 0, chunk.length));
    }
    const nowMs = this.#clock.monotonicMs();
    this.#cloggedSinceMs ??= nowMs;
    if (nowMs - this.#cloggedSinceMs >= cloggedMsMax) this.#on.onClogged(cloggedMsMax);
  }
}

export interface CallerAudioEvents {
  /** The oldest audio was dropped because more than `limitMs` of it waited. */
  onDropped(limitMs: number): void;
  /** The socket has been full for `limitMs`. */
  onClogged(limitMs: number): void;
}
