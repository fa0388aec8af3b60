import type { FastifyPluginCallbackZod } from '@fastify/type-provider-zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Metrics } from '../../observe/observe.ts';
import type { Clock } from '../../runtime/clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import { type CallerSession, callerSession, knownSession } from '../ai/caller-session.ts';
import type { Conversations } from '../ai/conversation.ts';
import { EventStream } from '../ai/event-stream.ts';
import { answerOf, askStreaming } from '../ai/reply.ts';
import type { Audit } from '../auth/audit.ts';
import { principalOf } from '../auth/principal.ts';
import { problem } from '../problem.ts';

/** What stands behind `/ai`. */
export interface AiDoor {
  readonly isEnabled: boolean;
  readonly textCharsMax: number;
  /** Of one API key or user. */
  readonly requestsPerMinuteMax: number;
  readonly conversations: Conversations;
  /** Whom a caller gets who names nobody. */
  defaultPersona(): string;
  /** Why the default persona's provider could not answer now; `null`: it could. Never rejects. */
  refusal(): Promise<GatewayError | null>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

const sessionId = z.string().min(1).max(64).describe('of an answer before; else the cookie counts');
const personaKey = z.string().min(1).max(64);
const minuteMs = 60_000;

const exampleSession = 'sess_4f0k2m9q7x1c8v5b3n6za';

const sayAnswer = z.object({ ok: z.literal(true), sessionId: z.string(), reply: z.string() }).meta({
  examples: [{ ok: true, sessionId: exampleSession, reply: 'We have grilled tilapia today.' }],
});

const personaAnswer = z
  .object({
    ok: z.literal(true),
    active: z.string(),
    sessionId: z.string().exactOptional().describe('of the session that was opened for it'),
  })
  .meta({ examples: [{ ok: true, active: 'cfo' }] });

const swapBody = z
  .strictObject({ key: personaKey, sessionId: sessionId.exactOptional() })
  .meta({ examples: [{ key: 'cfo' }] });

const health = z
  .object({ ok: z.boolean(), persona: z.string(), realtime_enabled: z.boolean() })
  .meta({ examples: [{ ok: true, persona: 'waiter', realtime_enabled: true }] });

/** Writing with an agent: the same sessions, personas and tools as on the telephone. */
export function aiRoutes(door: AiDoor, audit: Audit): FastifyPluginCallbackZod {
  const { conversations } = door;
  return (app, _options, done) => {
    const ofKey = app.createRateLimit({
      max: door.requestsPerMinuteMax,
      timeWindow: minuteMs,
      keyGenerator: (request: FastifyRequest) => `ai:${principalOf(request).id}`,
    });
    const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
      if (!door.isEnabled) {
        const message = 'realtime_disabled: api.ai.enabled (AI_REALTIME_ENABLED) is false';
        throw new GatewayError('REALTIME_DISABLED', message);
      }
      // Whoever sits at the machine has no key; the limit of the address holds for all.
      if (principalOf(request).kind === 'operator') return;
      const limit = await ofKey(request);
      if (limit.isAllowed || !limit.isExceeded) return;
      door.metrics.count('offhook_limits_total', { limit: 'ai_requests' });
      reply.header('retry-after', limit.ttlInSeconds);
      const { max } = limit;
      throw new GatewayError('RATE_LIMITED', `${max} requests a minute of one key`, { max });
    };
    /** The caller's session, with the persona that the request names; who tries is on record. */
    const sessionWith = async (
      request: FastifyRequest,
      reply: FastifyReply,
      {
        named,
        persona,
      }: { readonly named: string | undefined; readonly persona: string | undefined },
    ): Promise<CallerSession> => {
      let target = 'new session';
      const note = (outcome: 'done' | 'refused') => {
        const deed = { action: 'persona-swap', target: `${target} ${persona}`, outcome } as const;
        audit.note(request, deed);
      };
      try {
        const wanted = { conversations, sessionId: named, persona };
        const session = await callerSession(request, reply, wanted);
        const { conversation, isNew } = session;
        if (isNew || persona === undefined || persona === conversation.persona) return session;
        target = conversation.sessionId;
        conversation.swapPersona(persona);
        note('done');
        return session;
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'TRUST_TOO_LOW') note('refused');
        throw error;
      }
    };
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
        const session = await sessionWith(request, reply, { named, persona });
        if (stream ?? wantsEvents(request)) {
          streamAnswer(session, text, { door, request, reply });
          return reply;
        }
        const answer = await answerOf(session, text, reply.raw);
        return { ok: true as const, sessionId: session.conversation.sessionId, reply: answer };
      },
    );
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
        const { conversation, isNew } = await sessionWith(request, reply, { named, persona });
        const active = { ok: true as const, active: conversation.persona };
        return isNew ? { ...active, sessionId: conversation.sessionId } : active;
      },
    );
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
        const known = await knownSession(request, conversations, request.query.sessionId);
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

function sayBody(textCharsMax: number) {
  return z
    .strictObject({
      text: z.string().trim().min(1).max(textCharsMax),
      sessionId: sessionId.exactOptional(),
      persona: personaKey.exactOptional().describe('else that of the session, or the default one'),
      stream: z.boolean().exactOptional().describe('the reply as server-sent events'),
    })
    .meta({
      examples: [
        { text: 'What fish do you have today?' },
        { text: 'And to drink?', sessionId: exampleSession, stream: true },
      ],
    });
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
