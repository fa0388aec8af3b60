import type { FastifyPluginCallbackZod } from '@fastify/type-provider-zod';
import { z } from 'zod';
import { type Principal, principalOf } from '../auth/principal.ts';
import { type GatewayView, type LiveSession, unreadyReasons } from '../gateway-view.ts';
import { problem } from '../problem.ts';

const readiness = z.object({
  ready: z.boolean(),
  reasons: z.array(z.object({ reason: z.string(), detail: z.string() })),
});

const liveSessions = z.object({
  sessions: z.array(
    z.object({
      sessionId: z.string(),
      callId: z.string(),
      transport: z.string(),
      provider: z.string(),
      persona: z.string(),
      startedAt: z.iso.datetime(),
    }),
  ),
});

/** What an operator and a supervisor of processes ask. */
export function operationRoutes(gateway: GatewayView): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/healthz',
      {
        config: { access: 'anyone' },
        schema: {
          summary: 'Whether the process lives',
          response: { 200: z.object({ ok: z.literal(true) }), default: problem },
        },
      },
      () => ({ ok: true as const }),
    );
    app.get(
      '/readyz',
      {
        config: { access: 'anyone' },
        schema: {
          summary: 'Whether the gateway should get calls, and every reason why not',
          response: { 200: readiness, 503: readiness, default: problem },
        },
      },
      async (_request, reply) => {
        const reasons = [...unreadyReasons(gateway)];
        const ready = reasons.length === 0;
        reply.code(ready ? 200 : 503);
        return { ready, reasons };
      },
    );
    app.get(
      '/metrics',
      {
        // Of all organisations together.
        config: { access: 'SYSTEM_ADMIN' },
        schema: {
          summary: 'Metrics in the text format of Prometheus',
          produces: ['text/plain'],
          response: { 200: z.string(), default: problem },
        },
      },
      async (_request, reply) => {
        reply.type(gateway.metrics.contentType);
        return gateway.metrics.text();
      },
    );
    app.get(
      '/sessions',
      {
        config: { access: 'MANAGER' },
        schema: {
          summary: 'Calls in progress; those of one organisation, unless the operator asks',
          response: { 200: liveSessions, default: problem },
        },
      },
      (request) => ({
        sessions: gateway
          .sessions()
          .filter((session) => maySee(principalOf(request), session))
          .map(({ startedAtEpochMs, organisationId: _, ...session }) => ({
            ...session,
            startedAt: new Date(startedAtEpochMs).toISOString(),
          })),
      }),
    );
    done();
  };
}

function maySee({ kind, organisationId }: Principal, session: LiveSession): boolean {
  return kind === 'operator' || session.organisationId === organisationId;
}
