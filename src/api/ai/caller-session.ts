import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../../runtime/errors.ts';
import type { Audit, Deed } from '../auth/audit.ts';
import { principalOf } from '../auth/principal.ts';
import type { Conversation, Conversations } from './conversation.ts';
import { sessionCookie, sessionIdOfCookie } from './session-cookie.ts';
import { traceParent } from './trace-parent.ts';

/** The conversation of whoever asks. */
export interface CallerSession {
  readonly conversation: Conversation;
  /** It was opened by this very request. */
  readonly isNew: boolean;
}

interface WantedSession {
  readonly conversations: Conversations;
  /** `undefined`: that of the cookie, else a new one. */
  readonly sessionId: string | undefined;
  /** Who is to answer from now on; `undefined`: whoever does, or the default one. */
  readonly persona: string | undefined;
}

/**
 * The session that the request names, else that of its cookie, else a new one; with the persona
 * that it names. Who swaps it, or may not, is on record. Throws `NOT_FOUND` for a session that is
 * not the caller's, and `SESSION_ELSEWHERE` with its place.
 */
export async function callerSession(
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: WantedSession & { readonly audit: Pick<Audit, 'note'> },
): Promise<CallerSession> {
  const { audit, persona } = wanted;
  let target = 'new session';
  const note = (outcome: Deed['outcome']): void => {
    audit.note(request, { action: 'persona-swap', target: `${target} ${persona}`, outcome });
  };
  try {
    const session = await foundOrOpened(request, reply, wanted);
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
}

async function foundOrOpened(
  request: FastifyRequest,
  reply: FastifyReply,
  { conversations, persona, sessionId }: WantedSession,
): Promise<CallerSession> {
  const known = await knownSession(request, conversations, sessionId);
  if (known) return { conversation: known, isNew: false };
  const conversation = conversations.open({
    principal: principalOf(request),
    persona,
    traceparent: traceParent(request.headers['traceparent']),
  });
  reply.header('set-cookie', sessionCookie(conversation.sessionId));
  return { conversation, isNew: true };
}

/** `null`: the request names none, or its cookie is of a session that is over. */
export async function knownSession(
  request: FastifyRequest,
  conversations: Conversations,
  named: string | undefined,
): Promise<Conversation | null> {
  const sessionId = named ?? sessionIdOfCookie(request.headers.cookie);
  if (sessionId === undefined) return null;
  const found = await conversations.find(sessionId, principalOf(request));
  switch (found.is) {
    case 'here':
      return found.conversation;
    case 'elsewhere': {
      const { place } = found;
      const message = `session ${sessionId} is in another process of the gateway`;
      throw new GatewayError('SESSION_ELSEWHERE', message, { sessionId, place });
    }
    case 'unknown':
      if (named === undefined) return null;
      throw new GatewayError('NOT_FOUND', `there is no session ${named}`, { sessionId: named });
  }
}
