import type { FastifyPluginCallbackZod } from '@fastify/type-provider-zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { aiAdmission } from '../ai/admission.ts';
import type { AiDoor } from '../ai/ai-door.ts';
import { health, personaAnswer, sayAnswer, sayBody, sessionId, swapBody } from '../ai/bodies.ts';
import { type CallerSession, callerSession, knownSession } from '../ai/caller-session.ts';
import { EventStream } from '../ai/event-stream.ts';
import { answerOf, askStreaming } from '../ai/reply.ts';
import type { Audit } from '../auth/audit.ts';
import { problem } from '../problem.ts';

/** Writing with an agent: the same sessions, personas and tools as on the telephone. */
export function aiRoutes(door: AiDoor, audit: Audit): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    const onRequest = aiAdmission(app, door);
    app.register(sayRoute({ door, audit, onRequest }));
    app.register(personaRoute({ door, audit, onRequest }));
    app.register(healthRoute(door));
    done();
  };
}

interface AiRouteParts {
  readonly door: AiDoor;
  readonly audit: Audit;
  readonly onRequest: ReturnType<typeof aiAdmission>;
}

function sayRoute({ door, audit, onRequest }: AiRouteParts): FastifyPluginCallbackZod {
  const { conversations } = door;
  return (app, _options, done) => {
    app.post(
      '/ai/say',
      {
        config: { access: 'EMPLOYEE' },
        onRequest,
        schema: {
          summary: 'Says something to the agent; it answers whole, or as server-sent events',
          description:
            'With `stream`, or `Accept: text/event-stream`: events delta {text}, tool {name, ' +
            'state}, then done (the same object as without) or error (a problem).',
          body: sayBody(door.textCharsMax),
          response: { 200: sayAnswer, default: problem },
        },
      },
      async (request, reply) => {
        const { persona, sessionId: named, stream, text } = request.body;
        const wanted = { conversations, audit, sessionId: named, persona };
        const session = await callerSession(request, reply, wanted);
        if (stream ?? wantsEvents(request)) {
          streamAnswer(session, text, { door, request, reply });
          return reply;
        }
        const answer = await answerOf(session, text, reply.raw);
        return { ok: true as const, sessionId: session.conversation.sessionId, reply: answer };
      },
    );
    done();
  };
}

function personaRoute({ door, audit, onRequest }: AiRouteParts): FastifyPluginCallbackZod {
  const { conversations } = door;
  return (app, _options, done) => {
    app.post(
      '/ai/persona',
      {
        config: { access: 'EMPLOYEE' },
        onRequest,
        schema: {
          summary: 'Has a session go on with another persona, from the next reply on',
          description:
            'Without a session, one is opened with that persona, and the answer has its id.',
          body: swapBody,
          response: { 200: personaAnswer, default: problem },
        },
      },
      async (request, reply) => {
        const { key: persona, sessionId: named } = request.body;
        const wanted = { conversations, audit, sessionId: named, persona };
        const { conversation, isNew } = await callerSession(request, reply, wanted);
        const active = { ok: true as const, active: conversation.persona };
        return isNew ? { ...active, sessionId: conversation.sessionId } : active;
      },
    );
    done();
  };
}

function healthRoute(door: AiDoor): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.get(
      '/ai/healthz',
      {
        config: { access: 'EMPLOYEE' },
        schema: {
          summary: 'Whether the agent could answer now; status 200 either way',
          querystring: z.strictObject({ sessionId: sessionId.exactOptional() }),
          response: { 200: health, default: problem },
        },
      },
      async (request) => {
        const named = request.query.sessionId;
        const known = await knownSession(request, door.conversations, named);
        return {
          ok: (await door.refusal()) === null,
          persona: known?.persona ?? door.defaultPersona(),
          realtime_enabled: door.isEnabled,
        };
      },
    );
    done();
  };
}

function wantsEvents({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/event-stream') ?? false;
}

function streamAnswer(
  session: CallerSession,
  text: string,
  at: { readonly door: AiDoor; readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  const { clock, metrics } = at.door;
  const onBacklog = () => metrics.count('offhook_limits_total', { limit: 'ai_stream_backlog' });
  const stream = new EventStream(at.reply, { clock, onBacklog });
  askStreaming(session, text, { stream, client: at.reply.raw, requestId: at.request.id });
}
