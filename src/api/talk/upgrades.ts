import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../../runtime/errors.ts';
import { nodeHttp } from '../../runtime/node-http.ts';
import type { Upgrade } from '../../transports/browser/caller-socket.ts';

/**
 * Lets a route take a request for a WebSocket. Such a request goes through the application as any
 * other, with its limits, its guard and its problems in JSON; only then may the route `take` it.
 */
export class Upgrades {
  readonly #waiting = new WeakMap<IncomingMessage, Upgrade>();

  constructor(app: FastifyInstance) {
    app.server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      stream.on('error', () => stream.destroy());
      this.#waiting.set(request, { request, stream, head });
      const { ServerResponse } = nodeHttp();
      const response = new ServerResponse(request);
      // `net.Socket` for all servers of ours; the event is typed for others too.
      if (!isSocketOf(request, stream)) return;
      response.assignSocket(stream);
      response.shouldKeepAlive = false;
      response.on('finish', () => stream.end());
      app.routing(request, response);
    });
  }

  /** The stream is the route's from here on. Throws `REQUEST_INVALID` for a plain request. */
  take({ raw }: FastifyRequest, reply: FastifyReply): Upgrade {
    const upgrade = this.#waiting.get(raw);
    if (upgrade === undefined) {
      throw new GatewayError('REQUEST_INVALID', 'this is for WebSockets (RFC 6455) alone');
    }
    this.#waiting.delete(raw);
    reply.hijack();
    reply.raw.detachSocket(raw.socket);
    return upgrade;
  }
}

function isSocketOf(request: IncomingMessage, stream: Duplex): stream is IncomingMessage['socket'] {
  return request.socket === stream;
}
