/**
 * AudioSocket on the wire (Asterisk, res_audiosocket.c): kind in 1 byte, length of the payload in 2
 * (big endian), payload. Asterisk connects and sends its UUID first.
 *
 * To Asterisk only `hangUp` and audio of at least one byte may go: anything else ends the call.
 */
import { type AudioFormat, alaw8k, mulaw8k, pcm } from '../../audio/format.ts';
import { assert } from '../../runtime/assert.ts';

export const messageKind = {
  hangUp: 0x00,
  uuid: 0x01,
  /** Sent by some clients, never by Asterisk. */
  silence: 0x02,
  digit: 0x03,
  /** 8 kHz, or whatever codec without a kind of its own the channel speaks: only we know. */
  audio: 0x10,
  slin16: 0x12,
  slin24: 0x13,
  slin48: 0x16,
  error: 0xff,
} as const;

/** The values of `audiosocket.format`: what kind 0x10 holds and what we send. */
export const audioSocketFormatNames = [
  'slin',
  'slin16',
  'slin24',
  'slin48',
  'ulaw',
  'alaw',
] as const;

export type AudioSocketFormatName = (typeof audioSocketFormatNames)[number];

export const audioSocketFormats: Readonly<Record<AudioSocketFormatName, AudioFormat>> = {
  slin: pcm(8000),
  slin16: pcm(16_000),
  slin24: pcm(24_000),
  slin48: pcm(48_000),
  ulaw: mulaw8k,
  alaw: alaw8k,
};

export const headerBytes = 3;
const uuidBytes = 16;
const payloadBytesMax = 0xffff;

/** Whether `kind` is audio at some rate: 0x10 to 0x18 in Asterisk 22.7 and later. */
export function isAudioKind(kind: number): boolean {
  return kind >= 0x10 && kind <= 0x18;
}

/**
 * What audio of `kind` holds, or `null` for a rate that we do not carry (12, 32, 44.1, 96, 192
 * kHz).
 */
export function formatOfKind(kind: number, configured: AudioFormat): AudioFormat | null {
  switch (kind) {
    case messageKind.audio:
      return configured;
    case messageKind.slin16:
      return audioSocketFormats.slin16;
    case messageKind.slin24:
      return audioSocketFormats.slin24;
    case messageKind.slin48:
      return audioSocketFormats.slin48;
    default:
      return null;
  }
}

/** The kind under which audio of `format` is sent. */
export function kindOfFormat(format: AudioFormat): number {
  if (format.rateHz === 16_000) return messageKind.slin16;
  if (format.rateHz === 24_000) return messageKind.slin24;
  return format.rateHz === 48_000 ? messageKind.slin48 : messageKind.audio;
}

/** Writes the header of a message whose payload of `length` bytes follows it in `target`. */
export function writeHeader(target: Uint8Array, kind: number, length: number): void {
  assert(length <= payloadBytesMax, 'A payload fits the 16 bits of its length.');
  target[0] = kind;
  target[1] = length >> 8;
  target[2] = length & 0xff;
}

/** A whole message in bytes of its own: for all that is not sent 50 times a second. */
export function encodeMessage(kind: number, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(headerBytes + payload.length);
  writeHeader(message, kind, payload.length);
  message.set(payload, headerBytes);
  return message;
}

/** What Asterisk sends first. `uuid` is 32 hexadecimal digits with dashes. */
export function encodeUuid(uuid: string): Uint8Array {
  return encodeMessage(messageKind.uuid, Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}

/** The key of a telephone that a payload names, or `null`: one of `0-9 * # A-D`. */
export function decodeDigit(bytes: Uint8Array, offset: number, length: number): string | null {
  if (length !== 1) return null;
  const digit = String.fromCharCode(bytes[offset]!).toUpperCase();
  return /^[0-9*#A-D]$/.test(digit) ? digit : null;
}

/** Reads the message that must come first, however it is cut, and not a byte more. */
export class UuidReader {
  readonly #message = new Uint8Array(headerBytes + uuidBytes);
  #filledBytes = 0;

  /**
   * Takes what belongs to the message. Gives the count of bytes taken, or `malformed` as soon as a
   * byte of the header is wrong.
   */
  push(bytes: Uint8Array): number | 'malformed' {
    const takenBytes = Math.min(bytes.length, this.#message.length - this.#filledBytes);
    this.#message.set(bytes.subarray(0, takenBytes), this.#filledBytes);
    this.#filledBytes += takenBytes;
    const [kind, high, low] = this.#message;
    const isWrong =
      (this.#filledBytes > 0 && kind !== messageKind.uuid) ||
      (this.#filledBytes > 1 && high !== 0) ||
      (this.#filledBytes > 2 && low !== uuidBytes);
    return isWrong ? 'malformed' : takenBytes;
  }

  /** In lower case with dashes; `null` until all of it has come. */
  get uuid(): string | null {
    if (this.#filledBytes < this.#message.length) return null;
    const hex = Buffer.from(this.#message.subarray(headerBytes)).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}

/** One message. The payload is valid only during the call. */
export type OnMessage = (kind: number, bytes: Uint8Array, offset: number, length: number) => void;

/**
 * Cuts a stream of bytes into messages of any kind, wherever TCP cut it. A message that lies whole
 * in a chunk is handed on where it lies; one that does not is put together in a scratch, which
 * grows with the bytes that came, not with the length they announce: at most 128 kB. No bytes are
 * malformed here.
 */
export class MessageParser {
  readonly #onMessage: OnMessage;
  #scratch = new Uint8Array(0);
  #scratchBytes = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  push(bytes: Uint8Array): void {
    let at = this.#scratchBytes === 0 ? 0 : this.#complete(bytes);
    while (at + headerBytes <= bytes.length) {
      const length = (bytes[at + 1]! << 8) | bytes[at + 2]!;
      const end = at + headerBytes + length;
      if (end > bytes.length) break;
      this.#onMessage(bytes[at]!, bytes, at + headerBytes, length);
      at = end;
    }
    if (at < bytes.length) this.#keep(bytes, at, bytes.length - at);
  }

  /** Completes the message in the scratch, if it can; gives where the next one begins. */
  #complete(bytes: Uint8Array): number {
    let at = 0;
    if (this.#scratchBytes < headerBytes) {
      at = Math.min(bytes.length, headerBytes - this.#scratchBytes);
      this.#keep(bytes, 0, at);
      if (this.#scratchBytes < headerBytes) return at;
    }
    const length = (this.#scratch[1]! << 8) | this.#scratch[2]!;
    const lacking = headerBytes + length - this.#scratchBytes;
    const takenBytes = Math.min(bytes.length - at, lacking);
    this.#keep(bytes, at, takenBytes);
    if (takenBytes < lacking) return bytes.length;
    this.#scratchBytes = 0;
    this.#onMessage(this.#scratch[0]!, this.#scratch, headerBytes, length);
    return at + takenBytes;
  }

  #keep(bytes: Uint8Array, at: number, length: number): void {
    const neededBytes = this.#scratchBytes + length;
    if (neededBytes > this.#scratch.length) {
      const grown = new Uint8Array(Math.max(neededBytes, 2 * this.#scratch.length));
      grown.set(this.#scratch.subarray(0, this.#scratchBytes));
      this.#scratch = grown;
    }
    this.#scratch.set(bytes.subarray(at, at + length), this.#scratchBytes);
    this.#scratchBytes = neededBytes;
  }
}
