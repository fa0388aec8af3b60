import type { FastifyPluginCallbackZod } from '@fastify/type-provider-zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { GatewayError } from '../../runtime/errors.ts';
import { defaultOrganisationId } from '../../store/store.ts';
import { type Principal, principalOf } from '../auth/principal.ts';
import type { GatewayView } from '../gateway-view.ts';
import { problem } from '../problem.ts';
import { isPageFile, type PageFile, pageFile, pageHeaders } from '../talk/page-files.ts';
import type { TalkDoor } from '../talk/talk-door.ts';
import { type Tickets, ticketMsMax } from '../talk/tickets.ts';
import type { Upgrades } from '../talk/upgrades.ts';

export interface TalkParts {
  readonly gateway: Pick<GatewayView, 'state'>;
  readonly door: TalkDoor;
  readonly tickets: Tickets;
  readonly upgrades: Upgrades;
}

const choices = z.object({ personas: z.array(z.string()), defaultPersona: z.string() });

const boughtTicket = z.object({
  ticket: z.string().describe('for /talk/socket?ticket=, once'),
  expiresInS: z.int(),
});

/** The files of the page say nothing of anybody: whoever comes may have them. */
const pageRoute = { config: { access: 'anyone' }, schema: { hide: true } } as const;

/** The page at `/talk`. */
export const talkPageRoutes: FastifyPluginCallbackZod = (app, _options, done) => {
  app.get('/talk', pageRoute, (request, reply) => sendFile('talk.html', request, reply));
  app.get(
    '/talk/:file',
    { ...pageRoute, schema: { hide: true, params: z.object({ file: z.string().max(64) }) } },
    (request, reply) => {
      const { file } = request.params;
      if (!isPageFile(file)) throw new GatewayError('NOT_FOUND', `nothing is at ${request.url}`);
      return sendFile(file, request, reply);
    },
  );
  done();
};

/** What the page at `/talk` asks for, and the WebSocket that it talks by. */
export function talkRoutes({
  gateway,
  door,
  tickets,
  upgrades,
}: TalkParts): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/talk/choices',
      {
        config: { access: 'EMPLOYEE' },
        schema: {
          summary: 'Whom a caller from a browser may ask for',
          response: { 200: choices, default: problem },
        },
      },
      () => {
        const { personas, defaultPersona } = door.choices();
        return { personas: [...personas], defaultPersona };
      },
    );
    app.post(
      '/talk/tickets',
      {
        config: { access: 'EMPLOYEE' },
        schema: {
          summary: 'Lets a browser open the WebSocket of /talk once, within a minute',
          response: { 201: boughtTicket, default: problem },
        },
      },
      async (request, reply) => {
        if (gateway.state() === 'draining') {
          throw new GatewayError('DRAINING', 'the gateway is shutting down: no new calls');
        }
        const ticket = tickets.issue(principalOf(request));
        reply.code(201).header('cache-control', 'no-store');
        return { ticket, expiresInS: ticketMsMax / 1_000 };
      },
    );
    app.get(
      '/talk/socket',
      {
        // The ticket stands for the credentials, which a browser cannot send here.
        config: { access: 'anyone' },
        schema: {
          summary: 'A call by WebSocket: its messages are described in docs/talk.md',
          querystring: z.object({ ticket: z.string().max(64) }),
          response: { 101: z.undefined(), default: problem },
        },
      },
      (request, reply) => {
        const principal = tickets.redeem(request.query.ticket);
        if (principal === null) {
          const message = 'the ticket was used, is too old or never was: POST /talk/tickets';
          throw new GatewayError('UNAUTHENTICATED', message, { reason: 'ticket' });
        }
        door.accept(upgrades.take(request, reply), callerOf(principal));
      },
    );
    done();
  };
}

function callerOf({ organisationId, trust }: Principal) {
  return organisationId === defaultOrganisationId ? { trust } : { trust, organisationId };
}

async function sendFile(
  file: PageFile,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { bytes, type } = await pageFile(file);
  return reply.headers(pageHeaders(request.headers.host)).type(type).send(bytes);
}
