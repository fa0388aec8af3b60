import type { ByteSocket, ByteSocketEvents } from '../src/runtime/byte-socket.ts';
import {
  encodeMessage,
  encodeUuid,
  MessageParser,
  messageKind,
} from '../src/transports/audiosocket/wire.ts';

/** A copy that is no Buffer: `slice` of a Buffer would share its memory. */
export function copyOf(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return Uint8Array.from(bytes.subarray(offset, offset + length));
}

/** A message that the gateway sent, with bytes of its own. */
export interface HeardMessage {
  readonly kind: number;
  readonly payload: Uint8Array;
}

/** The far end of an AudioSocket as Asterisk plays it: one write per message, everything read. */
export class AudioSocketCaller implements ByteSocketEvents {
  readonly heard: HeardMessage[] = [];
  endedHow: 'fin' | 'reset' | 'error' | null = null;
  readonly #socket: ByteSocket;
  readonly #parser = new MessageParser((kind, bytes, offset, length) => {
    this.heard.push({ kind, payload: copyOf(bytes, offset, length) });
  });

  constructor(socket: ByteSocket) {
    this.#socket = socket;
    socket.listen(this);
  }

  sendUuid(uuid: string): void {
    this.#socket.write(encodeUuid(uuid));
  }

  sendAudio(payload: Uint8Array, kind: number = messageKind.audio): void {
    this.#socket.write(encodeMessage(kind, payload));
  }

  sendDigit(digit: string): void {
    this.#socket.write(encodeMessage(messageKind.digit, Buffer.from(digit)));
  }

  /** Bytes as they are, for what Asterisk would not send. */
  sendRaw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Asterisk hangs up by closing, without a message. */
  hangUp(): void {
    this.#socket.end();
  }

  /** Asterisk closes while it has not read all. */
  reset(): void {
    this.#socket.destroy();
  }

  onBytes(bytes: Uint8Array): void {
    this.#parser.push(bytes);
  }

  onDrain(): void {
    // Nothing here waits for room.
  }

  onEnd(how: 'fin' | 'reset' | 'error'): void {
    this.endedHow = how;
  }
}
