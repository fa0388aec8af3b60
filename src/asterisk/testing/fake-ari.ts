import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../runtime/clock.ts';
import type { Closer } from '../../runtime/closer.ts';
import { connectTcp } from '../../runtime/tcp-socket.ts';
import {
  encodeMessage,
  encodeUuid,
  MessageParser,
  messageKind,
} from '../../transports/audiosocket/wire.ts';
import type { AriEvent } from '../ari-wire.ts';
import { type FakeChannel, FakeRefusal, FakeSwitchboard } from './fake-switchboard.ts';

export interface FakeAriOptions {
  readonly clock: Clock;
  readonly user: string;
  readonly password: string;
  readonly app: string;
}

/** What a request is answered with instead, as often as it is in the list. */
export interface FakeFault {
  /** `POST /bridges`: method and beginning of the path. */
  readonly on: string;
  readonly fault: { readonly status: number; readonly body: string } | 'hangs';
}

/**
 * Asterisk's REST Interface on loopback: HTTP, the event socket, and channels that call back by
 * AudioSocket. Built from `rest-api/api-docs` of Asterisk 22 and what 22.10 was seen to do; events
 * go out before the answer to the request that caused them, as there.
 */
export class FakeAri implements Closer {
  readonly board: FakeSwitchboard;
  readonly requests: string[] = [];
  readonly faults: FakeFault[] = [];
  readonly #options: FakeAriOptions;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #looks = new Set<() => void>();

  private constructor(options: FakeAriOptions) {
    this.#options = options;
    this.board = new FakeSwitchboard(options.clock, (event) => this.send(event));
    this.#server.on('upgrade', (request, stream, head) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
      const isOurs = pathname === '/ari/events' && searchParams.get('app') === options.app;
      if (!isOurs || !this.#isAuthentic(request)) {
        stream.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      this.#sockets.handleUpgrade(request, stream, head, (socket) =>
        this.#sockets.emit('connection', socket, request),
      );
    });
  }

  static async start(options: FakeAriOptions): Promise<FakeAri> {
    const fake = new FakeAri(options);
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ari`;
  }

  /** Settles when a client listens for events. */
  async connected(): Promise<void> {
    if (this.#clients.size === 0) await once(this.#sockets, 'connection');
  }

  /** Settles when `isSo`: looked at after each request, event and piece of sound. */
  settled(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  /** The event sockets break. */
  dropEvents(): void {
    for (const socket of this.#clients) socket.terminate();
  }

  send(event: AriEvent | Readonly<Record<string, unknown>> | string): void {
    const text = typeof event === 'string' ? event : JSON.stringify(event);
    for (const socket of this.#clients) socket.send(text);
    this.#lookAgain();
  }

  #lookAgain(): void {
    for (const look of this.#looks) look();
  }

  async close(): Promise<void> {
    for (const channel of [...this.board.channels.values()]) this.board.hangUp(channel);
    this.dropEvents();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get #clients(): Set<WebSocket> {
    return this.#sockets.clients;
  }

  #isAuthentic({ headers }: IncomingMessage): boolean {
    const { user, password } = this.#options;
    const expected = Buffer.from(`${user}:${password}`).toString('base64');
    return headers.authorization === `Basic ${expected}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://fake');
    const asked = `${method} ${pathname.replace(/^\/ari/, '')}`;
    this.requests.push(asked);
    const at = this.faults.findIndex(({ on }) => asked.startsWith(on));
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
    if (fault?.fault === 'hangs') return;
    if (fault) {
      answer(response, fault.fault.status, fault.fault.body);
      return;
    }
    if (!this.#isAuthentic(request)) {
      answer(response, 401, JSON.stringify({ message: 'Authentication required' }));
      return;
    }
    try {
      const body = await this.#perform(asked, searchParams);
      answer(response, body === undefined ? 204 : 200, JSON.stringify(body ?? null));
    } catch (thrown) {
      if (!(thrown instanceof FakeRefusal)) throw thrown;
      answer(response, thrown.status, JSON.stringify({ message: thrown.message }));
    }
    this.#lookAgain();
  }

  async #perform(asked: string, query: URLSearchParams): Promise<unknown> {
    const [method = '', path = ''] = asked.split(' ');
    const [, kind, id = '', verb] = path.split('/').map(decodeURIComponent);
    if (kind === 'bridges') return this.#performOnBridge(`${method} ${verb ?? ''}`, id, query);
    if (kind !== 'channels') throw new FakeRefusal(404, 'Resource not found');
    if (method === 'POST' && id === 'externalMedia') return await this.#openMedia(query);
    if (id === '') return this.#performOnChannels(method, query);
    const channel = this.board.channel(id);
    switch (`${method} ${verb ?? ''}`) {
      case 'DELETE ':
        return this.board.hangUp(channel);
      case 'POST continue':
        return this.board.continueInDialplan(channel);
      case 'POST moh':
        return this.board.setMusic(channel, true);
      case 'DELETE moh':
        return this.board.setMusic(channel, false);
      default:
        throw new FakeRefusal(404, 'Resource not found');
    }
  }

  #performOnChannels(method: string, query: URLSearchParams): unknown {
    if (method === 'GET') return [...this.board.channels.values()].map(({ json }) => json);
    const endpoint = query.get('endpoint');
    if (!endpoint) throw new FakeRefusal(400, 'Endpoint must be specified');
    const id = query.get('channelId') ?? '';
    const args = (query.get('appArgs') ?? '').split(',');
    return this.board.originate(id, endpoint, Number(query.get('timeout') ?? 30), args).json;
  }

  #performOnBridge(act: string, id: string, query: URLSearchParams): unknown {
    const { board } = this;
    const channels = () =>
      (query.get('channel') ?? '').split(',').map((one) => board.channel(one, 400));
    switch (act) {
      case 'POST ':
        return board.openBridge(query.get('bridgeId') ?? '');
      case 'DELETE ':
        return board.closeBridge(id);
      case 'POST addChannel':
        board.bridge(id);
        for (const channel of channels()) board.join(id, channel);
        return;
      case 'POST removeChannel':
        board.bridge(id);
        for (const channel of channels()) board.part(id, channel);
        return;
      default:
        throw new FakeRefusal(404, 'Resource not found');
    }
  }

  /** A channel that calls an AudioSocket server, as `POST /channels/externalMedia` makes it. */
  async #openMedia(query: URLSearchParams): Promise<unknown> {
    const uuid = query.get('data') ?? '';
    const [host = '', port = ''] = (query.get('external_host') ?? '').split(':');
    if (query.get('encapsulation') !== 'audiosocket') throw new FakeRefusal(501, 'Not faked');
    if (query.get('transport') !== 'tcp') {
      throw new FakeRefusal(400, "transport must be 'tcp' for audiosocket encapsulation");
    }
    if (uuid === '') throw new FakeRefusal(400, 'data can not be empty');
    if (!query.get('format')) throw new FakeRefusal(400, 'format cannot be empty');
    const channel = this.board.add(query.get('channelId') ?? '', `AudioSocket/${host}:${port}`);
    await this.#connectMedia(channel, uuid, { host, port: Number(port) });
    this.board.enter(channel, [uuid]);
    return channel.json;
  }

  async #connectMedia(
    channel: FakeChannel,
    uuid: string,
    address: { readonly host: string; readonly port: number },
  ): Promise<void> {
    const socket = await connectTcp(address);
    const parser = new MessageParser((kind, bytes, offset, length) => {
      if (kind === messageKind.hangUp) this.board.hangUp(channel);
      else channel.say(Uint8Array.from(bytes.subarray(offset, offset + length)));
      this.#lookAgain();
    });
    socket.listen({
      onBytes: (bytes) => parser.push(bytes),
      onDrain: () => undefined,
      onEnd: () => this.board.hangUp(channel),
    });
    channel.take = (sound) => socket.write(encodeMessage(messageKind.audio, sound));
    channel.onGone = () => socket.end();
    channel.press = (digit) => socket.write(encodeMessage(messageKind.digit, Buffer.from(digit)));
    socket.write(encodeUuid(uuid));
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 204 ? undefined : body);
}
