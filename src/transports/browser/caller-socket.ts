import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { messageOf } from '../../runtime/errors.ts';
import { messageBytesMax } from './wire.ts';

/** What a browser's socket tells its owner: never from inside a method. */
export interface CallerSocketEvents {
  onText(text: string): void;
  /** Valid only during the call: copy what you keep. */
  onAudio(bytes: Uint8Array): void;
  /** The far end broke the rules of WebSockets, or sent a message that is too long. */
  onFault(reason: string): void;
  /** Last event, exactly once. 1006 when the connection ended without a closing frame. */
  onClose(code: number): void;
}

/** A browser's WebSocket: text and sound both ways. All methods are safe after the close. */
export interface CallerSocket {
  /** Must be called once, synchronously after the socket is received. */
  listen(events: CallerSocketEvents): void;
  sendText(text: string): void;
  /** Copies the bytes. */
  sendAudio(bytes: Uint8Array, offset: number, length: number): void;
  /** Bytes sent that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /** `onPong` is called when the far end has answered. */
  ping(onPong: () => void): void;
  /** Starts the closing handshake, and gives up waiting for its end after two seconds. */
  close(code: number, reason: string): void;
  /** Drops everything. */
  terminate(): void;
}

/** A request for a WebSocket, with the stream under it. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  /** What came behind the request's head. */
  readonly head: Buffer;
}

/** Waiting for the far end's closing frame. A guess. */
const closeMsMax = 2_000;

/** Options of `ws` 8.23 that the published types do not have yet. */
interface UntypedOptions {
  readonly closeTimeout: number;
}

/** Gives what turns upgrades into sockets. One that is no proper handshake is answered with 400. */
export function callerSockets(): (
  upgrade: Upgrade,
  onSocket: (socket: CallerSocket) => void,
) => void {
  const options: ConstructorParameters<typeof WebSocketServer>[0] & UntypedOptions = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    closeTimeout: closeMsMax,
  };
  const server = new WebSocketServer(options);
  return ({ request, stream, head }, onSocket) => {
    server.handleUpgrade(request, stream, head, (socket) => onSocket(callerSocket(socket)));
  };
}

function callerSocket(socket: WebSocket): CallerSocket {
  const isOpen = () => socket.readyState === socket.OPEN;
  return {
    listen(events) {
      socket.on('message', (data, isBinary) => {
        // With the default options `ws` hands a message over as one Buffer.
        if (!Buffer.isBuffer(data)) return;
        if (isBinary) events.onAudio(data);
        else events.onText(data.toString());
      });
      socket.on('error', (error) => events.onFault(messageOf(error)));
      socket.on('close', (code) => events.onClose(code));
    },
    sendText(text) {
      if (isOpen()) socket.send(text);
    },
    sendAudio(bytes, offset, length) {
      if (isOpen()) socket.send(Buffer.copyBytesFrom(bytes, offset, length));
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    ping(onPong) {
      if (!isOpen()) return;
      socket.once('pong', onPong);
      socket.ping();
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
