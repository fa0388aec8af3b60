import type { FastifyPluginCallbackZod } from '@fastify/type-provider-zod';
import { z } from 'zod';
import {
  announcementOfForm,
  announcementQuery,
  callAnnouncement,
  uuidText,
} from '../../asterisk/wire.ts';
import { GatewayError } from '../../runtime/errors.ts';
import { defaultOrganisationId } from '../../store/store.ts';
import { organisationFor, principalOf } from '../auth/principal.ts';
import type { GatewayView } from '../gateway-view.ts';
import { problem } from '../problem.ts';

/** The dialplan's side of a call: it says who comes, and asks where the caller goes afterwards. */
export function asteriskRoutes(gateway: GatewayView): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, parsed) => parsed(null, announcementOfForm(String(body))),
    );
    app.post(
      '/asterisk/calls',
      {
        config: { access: 'MANAGER' },
        schema: {
          summary: 'Announces a call that will come by AudioSocket with this UUID',
          consumes: ['application/json', 'application/x-www-form-urlencoded'],
          querystring: announcementQuery,
          body: callAnnouncement,
          response: { 201: z.object({ uuid: uuidText }), default: problem },
        },
      },
      async (request, reply) => {
        if (gateway.state() === 'draining') {
          throw new GatewayError('DRAINING', 'the gateway is shutting down: no new calls');
        }
        const { organisationId: asked, ...told } = request.body;
        const organisationId = organisationFor(principalOf(request), asked);
        const isDefault = organisationId === defaultOrganisationId;
        const { trust } = request.query;
        gateway.calls.announce({
          ...told,
          ...(!isDefault && { organisationId }),
          ...(trust !== undefined && { announcedTrust: trust }),
        });
        reply.code(201);
        return { uuid: request.body.uuid };
      },
    );
    app.get(
      '/asterisk/calls/:uuid/next',
      {
        config: { access: 'MANAGER' },
        schema: {
          summary: 'Where the dialplan takes the caller: hangup, goto:CONTEXT,EXT,PRI or dial:KEY',
          produces: ['text/plain'],
          params: z.object({ uuid: uuidText }),
          response: { 200: z.string(), default: problem },
        },
      },
      async (request, reply) => {
        reply.type('text/plain; charset=utf-8');
        return gateway.calls.next(request.params.uuid);
      },
    );
    done();
  };
}
