import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { type ClientOptions, WebSocket } from 'ws';
import { messageOf } from './errors.ts';
import {
  MaskedFrameWriter,
  MaskKeys,
  shortMessageBytesMax,
  shortMessageBytesMin,
} from './masked-frame.ts';
import type {
  ConnectMessageSocket,
  MessageSocket,
  MessageSocketEvents,
  SocketClose,
} from './message-socket.ts';

export interface WebSocketLimits {
  readonly handshakeMsMax: number;
  /** Waiting for the far end's close frame. */
  readonly closeMsMax: number;
  readonly messageBytesMax: number;
}

/** 16 MiB: the vendor's own limit of an event is 15 MiB of audio. The waits are guesses. */
export const defaultWebSocketLimits: WebSocketLimits = {
  handshakeMsMax: 10_000,
  closeMsMax: 2_000,
  messageBytesMax: 16 * 1024 * 1024,
};

/** Of a refusing server's body so much is kept: enough for a JSON error. */
const refusalBytesMax = 4_096;
/** RFC 6455 §7.4.1: a kind of data we do not take; no close frame was received. */
const unsupportedData = 1003;
const abnormalClosure = 1006;
/** A client connection over `ws`: messages uncompressed, one write to the socket each. */
class WebSocketClient implements MessageSocket {
  readonly #socket: WebSocket;
  readonly #shortFrames: MaskedFrameWriter;
  /** The stream under the WebSocket, once there is one. Frames go to it whole, so ours may too. */
  #stream: Writable | null = null;
  #refusal: { readonly httpStatus: number; httpBody: string } | null = null;
  #error: Error | null = null;
  #onPong: (() => void) | null = null;

  constructor(socket: WebSocket, shortFrames: MaskedFrameWriter, events: MessageSocketEvents) {
    this.#socket = socket;
    this.#shortFrames = shortFrames;
    socket.on('upgrade', (response) => {
      this.#stream = response.socket;
    });
    socket.on('open', () => events.onOpen());
    socket.on('message', (data, isBinary) => {
      if (isBinary || !Buffer.isBuffer(data)) this.close(unsupportedData, 'text messages only');
      else events.onMessage(data);
    });
    socket.on('pong', () => {
      const onPong = this.#onPong;
      this.#onPong = null;
      onPong?.();
    });
    socket.on('unexpected-response', (_request, response) => this.#onRefused(response));
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.on('close', (code, reason) => events.onClose(this.#closeOf(code, reason)));
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    const isShort = bytes.length >= shortMessageBytesMin && bytes.length <= shortMessageBytesMax;
    if (isShort && this.#stream !== null) this.#shortFrames.write(bytes, this.#stream);
    // `ws` masks a buffer into a copy with its header: one write. A string would be two.
    else this.#socket.send(bytes, { binary: false });
  }

  ping(onPong: () => void): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#onPong = onPong;
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    const { readyState } = this.#socket;
    if (readyState === WebSocket.OPEN) this.#socket.close(code, reason);
    else if (readyState === WebSocket.CONNECTING) this.#socket.terminate();
  }

  #onRefused(response: IncomingMessage): void {
    const refusal = { httpStatus: response.statusCode ?? 0, httpBody: '' };
    this.#refusal = refusal;
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= refusalBytesMax) response.destroy();
    });
    response.on('close', () => {
      refusal.httpBody = Buffer.concat(chunks).subarray(0, refusalBytesMax).toString();
      this.#socket.terminate();
    });
    // A body cut off by us or by the far end is used as far as it came.
    response.on('error', (error) => {
      this.#error ??= error;
    });
  }

  #closeOf(code: number, reason: Buffer): SocketClose {
    return {
      code,
      reason: reason.toString(),
      ...this.#refusal,
      ...(this.#error !== null && { error: this.#error }),
    };
  }
}

/** A connection that could not even be tried, such as one to an address that is none. */
const deadSocket: MessageSocket = {
  bufferedBytes: 0,
  send: () => undefined,
  ping: () => undefined,
  close: () => undefined,
};

/** Options of `ws` 8.23 that the published types do not have yet. */
interface UntypedOptions {
  readonly closeTimeout: number;
}

/** Opens WebSockets (`ws:` or `wss:`) as a client. UTF-8 is left to whoever parses the JSON. */
export function webSocketConnector(limits: WebSocketLimits): ConnectMessageSocket {
  const keys = new MaskKeys();
  const shortFrames = new MaskedFrameWriter(keys);
  return ({ url, headers }, events) => {
    const options: ClientOptions & UntypedOptions = {
      headers: { ...headers },
      generateMask: (mask) => keys.fill(mask, 0),
      perMessageDeflate: false,
      skipUTF8Validation: true,
      handshakeTimeout: limits.handshakeMsMax,
      closeTimeout: limits.closeMsMax,
      maxPayload: limits.messageBytesMax,
    };
    try {
      return new WebSocketClient(new WebSocket(url, options), shortFrames, events);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(messageOf(thrown));
      setImmediate(() => events.onClose({ code: abnormalClosure, reason: '', error }));
      return deadSocket;
    }
  };
}
