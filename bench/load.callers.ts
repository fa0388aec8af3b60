/** Callers as Asterisk's AudioSocket makes them: a UUID, then a frame of 20 ms each 20 ms. */
import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import {
  type AudioFormat,
  bytesPerSample,
  frameBytes,
  frameMs,
  silenceByte,
} from '../src/audio/format.ts';
import { mulaw } from '../src/audio/g711.ts';
import { sine } from '../src/audio/tone.ts';
import {
  encodeMessage,
  encodeUuid,
  isAudioKind,
  kindOfFormat,
  MessageParser,
} from '../src/transports/audiosocket/wire.ts';

/** A frame is on time within one frame of when it was due. */
const onTimeMs = frameMs;

export interface Heard {
  readonly atMs: number;
  readonly isSpeech: boolean;
  /** In the caller's format; empty unless recordings are kept. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Caller {
  sayFrame(): void;
  /** From here on it is kept what is heard; what was heard before is forgotten. */
  listen(): void;
  readonly heard: readonly Heard[];
}

export class AudioSocketCaller implements Caller {
  heard: Heard[] = [];
  readonly #socket: Socket;
  readonly #message: Uint8Array;
  #isListening = false;

  constructor(port: number, format: AudioFormat, { isRecording }: { isRecording: boolean }) {
    const silence = silenceByte(format.encoding);
    this.#message = encodeMessage(kindOfFormat(format), callerTone(format));
    const parser = new MessageParser((kind, bytes, offset, length) => {
      if (!this.#isListening || !isAudioKind(kind)) return;
      const payload = bytes.subarray(offset, offset + length);
      this.heard.push({
        atMs: performance.now(),
        isSpeech: payload.some((byte) => byte !== silence),
        bytes: isRecording ? new Uint8Array(payload) : noBytes,
      });
    });
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (bytes) => parser.push(bytes));
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.write(encodeUuid(randomUUID()));
  }

  sayFrame(): void {
    if (this.#socket.writable) this.#socket.write(this.#message);
  }

  listen(): void {
    this.heard = [];
    this.#isListening = true;
  }
}

const noBytes = new Uint8Array(0);

function callerTone(format: AudioFormat): Uint8Array {
  const sampleCount = frameBytes(format) / bytesPerSample(format);
  const tone = sine({ rateHz: format.rateHz, hz: 300, sampleCount, amplitude: 0.2 });
  if (format.encoding === 'pcm_s16le') return new Uint8Array(tone.buffer);
  return Uint8Array.from(tone, (sample) => mulaw.codeOf[sample & 0xffff]!);
}

/** Lets every caller say a frame each 20 ms, spread over the 20 ms, by the time that has passed. */
export function paceCallers(callers: readonly Caller[]): void {
  const startedMs = performance.now();
  let slot = 0;
  setInterval(() => {
    while (startedMs + slot <= performance.now()) {
      for (let at = slot % frameMs; at < callers.length; at += frameMs) callers[at]!.sayFrame();
      slot += 1;
    }
  }, 2);
}

export interface HeardInAll {
  readonly frames: number;
  readonly speechFrames: number;
  /** Within 20 ms of when they were due, on a schedule of 20 ms through the median of the call. */
  readonly onTimeFrames: number;
}

export function heardInAll(callers: readonly Caller[]): HeardInAll {
  const all = callers.map(({ heard }) => heard);
  return {
    frames: sum(all, (heard) => heard.length),
    speechFrames: sum(all, (heard) => heard.filter(({ isSpeech }) => isSpeech).length),
    onTimeFrames: sum(all, onTimeOf),
  };
}

function onTimeOf(heard: readonly Heard[]): number {
  const offsetsMs = Float64Array.from(heard, ({ atMs }, frame) => atMs - frame * frameMs);
  const dueMs = offsetsMs.toSorted()[offsetsMs.length >> 1] ?? 0;
  return offsetsMs.filter((offset) => Math.abs(offset - dueMs) <= onTimeMs).length;
}

function sum<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
