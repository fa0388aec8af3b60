import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { ServerPeer } from './connection.ts';
import type { RealtimeServer } from './realtime-server.ts';

/** An append may hold 15 MiB of audio, which is 20 MiB of base64, and a frame around it. */
const messageBytesMax = 21 * 1024 * 1024;

/** What a client that does not read may leave unsent before it is dropped: minutes of audio. */
const unsentBytesMax = 64 * 1024 * 1024;

const paths = ['/v1/realtime', '/realtime'];

/** A client that does not answer our closing frame is dropped after this. A guess. */
const closeMsMax = 1_000;

export interface ListenOptions {
  readonly clock: Clock;
  /** 127.0.0.1 when left out. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM texts; with them the listener speaks wss only. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly onLimit?: (limit: string) => void;
}

export interface RealtimeListener extends Closer {
  /** Such as `ws://127.0.0.1:9401/v1/realtime`. */
  readonly url: string;
  readonly port: number;
}

/** Serves `server` over WebSocket. Rejects with `LISTEN_FAILED` when the port is not to be had. */
export async function listenRealtime(
  server: RealtimeServer,
  options: ListenOptions,
): Promise<RealtimeListener> {
  const { clock, host = '127.0.0.1', port, tls, onLimit = () => undefined } = options;
  const answering = upgraders();
  const sockets = new Set<WebSocket>();
  const http = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  http.on('request', (_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end(notFoundBody);
  });
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    const admission = admit(server, request);
    if (admission.is === 'refused') {
      refuse(stream, admission.status, admission.body);
      return;
    }
    const upgrader = admission.answersPings ? answering.pongs : answering.silent;
    upgrader.handleUpgrade(request, stream, head, (socket) => {
      sockets.add(socket);
      const served = admission.serve(peerOf(socket, onLimit));
      // Text frames only: with the default options `ws` hands them over as one Buffer.
      socket.on('message', (data) => served.onMessage(Buffer.isBuffer(data) ? data : Buffer.of()));
      // The close that follows an error ends the connection.
      socket.on('error', () => socket.terminate());
      socket.on('close', () => {
        sockets.delete(socket);
        served.onClose();
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', (cause) => {
      const message = `cannot listen on ${host}:${port}: ${cause.message}`;
      reject(new GatewayError('LISTEN_FAILED', message, { host, port }, cause));
    });
    http.listen({ host, port }, resolve);
  });
  const address = http.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    port: address.port,
    url: `${tls === undefined ? 'ws' : 'wss'}://${name}:${address.port}/v1/realtime`,
    close: async () => {
      const timer = clock.setTimer(closeMsMax, () => {
        for (const socket of sockets) socket.terminate();
      });
      const closed = [...sockets].map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.close(1001, 'the server is going away');
      await Promise.all([...closed, new Promise<void>((resolve) => http.close(() => resolve()))]);
      timer.cancel();
    },
  };
}

/** Two upgraders, alike but for one fault: whether pings are answered is fixed for each. */
function upgraders() {
  const make = (autoPong: boolean) =>
    new WebSocketServer({
      noServer: true,
      autoPong,
      perMessageDeflate: false,
      maxPayload: messageBytesMax,
      // The key comes as a subprotocol too; only this one may be answered.
      handleProtocols: (offered) => (offered.has('realtime') ? 'realtime' : false),
    });
  return { pongs: make(true), silent: make(false) };
}

function admit(server: RealtimeServer, request: IncomingMessage) {
  const url = request.url ?? '/';
  const path = url.split('?', 1)[0] ?? '';
  if (!paths.includes(path)) return { is: 'refused', status: 404, body: notFoundBody } as const;
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return server.admit({ url, headers });
}

const notFoundBody = JSON.stringify({
  error: {
    type: 'invalid_request_error',
    code: 'unknown_url',
    message: `Open a WebSocket at ${paths[0]}.`,
    param: null,
  },
});

function refuse(stream: Duplex, status: number, body: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function peerOf(socket: WebSocket, onLimit: (limit: string) => void): ServerPeer {
  return {
    send(text) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(text);
      if (socket.bufferedAmount <= unsentBytesMax) return;
      onLimit('realtime-unsent-bytes');
      socket.terminate();
    },
    close(code, reason) {
      // A closing frame has room for 123 bytes of reason (RFC 6455 §5.5).
      socket.close(code, Buffer.from(reason).subarray(0, 123));
    },
    drop() {
      socket.terminate();
    },
  };
}
