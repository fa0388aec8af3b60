const quote = 0x22;
const backslash = 0x5c;
const closingBrace = 0x7d;
const eventIdKey = '"event_id":"';
const deltaKey = '"delta":"';

/** Whether a byte may stand for itself in a JSON string: printable ASCII, no quote, no escape. */
function isPlain(byte: number | undefined): boolean {
  if (byte === undefined || byte < 0x20 || byte > 0x7e) return false;
  return byte !== quote && byte !== backslash;
}

/** Bytes that so many characters of base64 (RFC 4648 §4, padding optional) hold. */
function bytesIn(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor(((base64.length - padding) * 3) / 4);
}

/**
 * Decodes `base64` to the start of `target`. Gives the number of bytes, or -1 if any character was
 * not base64 (Node skips such characters silently, and the count betrays it) or the target is
 * small.
 */
export function decodeBase64(base64: string, target: Buffer): number {
  const bytes = bytesIn(base64);
  if (bytes > target.length) return -1;
  return target.write(base64, 0, bytes, 'base64') === bytes ? bytes : -1;
}

/**
 * Recognizes the audio deltas of one item without parsing JSON. Two deltas of an item differ only
 * in `event_id` and in `delta`: the bytes around them are learned from one that was parsed in full,
 * and a message with exactly those bytes has, by the grammar of JSON, the same values in every
 * other field. A vendor that orders its keys otherwise, puts `delta` not last or adds spaces costs
 * speed, never correctness.
 */
export class AudioDeltaTemplate {
  #beforeId = Buffer.alloc(0);
  #afterId = Buffer.alloc(0);

  /** Learns from `message`, which was parsed to `event`; forgets what it knew if it cannot. */
  learn(message: Buffer, event: { readonly event_id: string }): void {
    this.#afterId = Buffer.alloc(0);
    const idAt = message.indexOf(`${eventIdKey}${event.event_id}"`) + eventIdKey.length;
    const idEnd = idAt + Buffer.byteLength(event.event_id);
    const deltaAt = message.indexOf(deltaKey) + deltaKey.length;
    const hasBoth = idAt >= eventIdKey.length && deltaAt >= deltaKey.length && idEnd < deltaAt;
    if (!hasBoth) return;
    this.#beforeId = Buffer.from(message.subarray(0, idAt));
    this.#afterId = Buffer.from(message.subarray(idEnd, deltaAt));
  }

  /** Where the base64 text begins (it ends two bytes before the message does), or -1. */
  match(message: Buffer): number {
    const before = this.#beforeId;
    const after = this.#afterId;
    if (after.length === 0 || message.length < before.length + after.length + 2) return -1;
    if (message[message.length - 1] !== closingBrace) return -1;
    if (message[message.length - 2] !== quote) return -1;
    if (before.compare(message, 0, before.length) !== 0) return -1;
    let idEnd = before.length;
    while (isPlain(message[idEnd])) idEnd += 1;
    const deltaAt = idEnd + after.length;
    if (deltaAt > message.length - 2) return -1;
    return after.compare(message, idEnd, deltaAt) === 0 ? deltaAt : -1;
  }
}
