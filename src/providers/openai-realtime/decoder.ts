import {
  parseServerEvent,
  type ServerEvent,
  type ServerEventOf,
} from '../../realtime-server/wire.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { ProviderEvent } from '../provider.ts';
import { AudioDeltaTemplate, decodeBase64 } from './audio-delta.ts';

export type AgentAudio = Extract<ProviderEvent, { type: 'agent-audio' }>;
type Writable<Record> = { -readonly [Key in keyof Record]: Record[Key] };

/** What a message of the server holds. The audio object and its bytes are used again. */
export type Decoded =
  | { readonly is: 'audio'; readonly event: AgentAudio }
  | { readonly is: 'event'; readonly event: Exclude<ServerEvent, AudioDelta> }
  | { readonly is: 'unknown'; readonly type: string }
  | { readonly is: 'malformed'; readonly error: GatewayError };

type AudioDelta = ServerEventOf<'response.output_audio.delta'>;

/**
 * 500 ms of PCM at 24 kHz: the longest delta that is common. Longer ones get a buffer of their own.
 */
const scratchBytes = 24_000;

/** What stands in for a secret that a server has sent back to us. */
const removed = '[removed]';

/** `text` without `secret`: a vendor's refusal may quote the key that it refuses. */
export function withoutSecret(text: string, secret: string | null): string {
  return secret ? text.replaceAll(secret, removed) : text;
}

/** Server messages to events. Remembers one item's delta template, nothing of the conversation. */
export class Decoder {
  readonly #secret: string | null;
  readonly #template = new AudioDeltaTemplate();
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  readonly #event: Writable<AgentAudio> = {
    type: 'agent-audio',
    replyId: '',
    itemId: '',
    contentIndex: 0,
    bytes: this.#scratch,
    offset: 0,
    length: 0,
  };
  readonly #audio: Decoded = { is: 'audio', event: this.#event };

  /** `secret` never comes out of a decoded message. */
  constructor(secret: string | null) {
    this.#secret = secret;
  }

  /** `message` is one whole text message as UTF-8; it is not kept. */
  decode(message: Buffer): Decoded {
    const deltaAt = this.#template.match(message);
    if (deltaAt !== -1) {
      const isAudio = this.#fill(message.toString('latin1', deltaAt, message.length - 2));
      if (isAudio) return this.#audio;
    }
    return this.#parse(message);
  }

  /** Sets the bytes of the reused event; false if `base64` is not base64 throughout. */
  #fill(base64: string): boolean {
    const bytesMax = Math.ceil((base64.length * 3) / 4);
    const target = bytesMax <= scratchBytes ? this.#scratch : Buffer.allocUnsafe(bytesMax);
    const length = decodeBase64(base64, target);
    this.#event.bytes = target;
    this.#event.length = length;
    return length !== -1;
  }

  #parse(message: Buffer): Decoded {
    let raw: unknown;
    try {
      raw = JSON.parse(withoutSecret(message.toString(), this.#secret));
    } catch (thrown) {
      if (!(thrown instanceof SyntaxError)) throw thrown;
      // The parser's own message quotes the text, which may hold what a caller said.
      const error = new GatewayError('WIRE_MALFORMED', `${message.length} bytes are not JSON`);
      return { is: 'malformed', error };
    }
    const parsed = parseServerEvent(raw);
    if (parsed.is === 'malformed') return { is: 'malformed', error: parsed.error };
    if (parsed.is === 'unknown') return { is: 'unknown', type: parsed.type };
    const { event } = parsed;
    return event.type === 'response.output_audio.delta'
      ? this.#delta(message, event)
      : { is: 'event', event };
  }

  #delta(message: Buffer, delta: AudioDelta): Decoded {
    this.#template.learn(message, delta);
    this.#event.replyId = delta.response_id;
    this.#event.itemId = delta.item_id;
    this.#event.contentIndex = delta.content_index;
    if (this.#fill(delta.delta)) return this.#audio;
    const details = { type: delta.type, path: 'delta' };
    const error = new GatewayError('WIRE_MALFORMED', `${delta.type}: not base64`, details);
    return { is: 'malformed', error };
  }
}
