import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** What a client sent: an event of the Realtime protocol. */
export interface SentEvent {
  readonly type: string;
  readonly audio_end_ms?: unknown;
}

export interface Relay {
  /** `ws://127.0.0.1:PORT/v1/realtime`. */
  readonly url: string;
  readonly sent: readonly SentEvent[];
  /** Why the first connection was closed, by the server's word. */
  readonly closeCode: Promise<number>;
  close(): void;
}

/** Stands between clients and the server at `url`, and sees what is sent to it. */
export async function startRelay(url: string): Promise<Relay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const sent: SentEvent[] = [];
  const closed = Promise.withResolvers<number>();
  server.on('connection', (near, request) => {
    const { authorization = '', 'openai-beta': dialect } = request.headers;
    const headers = { authorization, ...(dialect === undefined ? {} : { 'openai-beta': dialect }) };
    const far = new WebSocket(`${url}?${request.url?.split('?')[1]}`, { headers });
    const early: string[] = [];
    far.on('open', () => {
      for (const text of early) far.send(text);
    });
    near.on('message', (data) => {
      const text = String(data);
      sent.push(JSON.parse(text));
      if (far.readyState === far.OPEN) far.send(text);
      else early.push(text);
    });
    near.on('close', () => far.terminate());
    far.on('message', (data) => near.send(String(data)));
    far.on('error', () => near.terminate());
    far.on('close', (code, reason) => {
      closed.resolve(code);
      if (near.readyState === near.OPEN) near.close(code, reason);
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/v1/realtime`,
    sent,
    closeCode: closed.promise,
    close: () => server.close(),
  };
}
