import type {
  Conversation,
  Conversations,
  Found,
  OpeningWish,
  ReplyEvent,
  ToolState,
} from '../api/ai/conversation.ts';
import type { Principal } from '../api/auth/principal.ts';
import type { Metrics } from '../observe/observe.ts';
import type { Persona } from '../personas/persona.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';
import { personaRefusalOf } from '../session/cast.ts';
import type { Session } from '../session/session.ts';
import type { CallPlan, Sessions } from '../session/sessions.ts';
import { defaultOrganisationId, type JournalEntry } from '../store/store.ts';
import { type TextEvent, TextLeg } from '../transports/text/text-leg.ts';
import type { Leg } from '../transports/transport.ts';
import { personaUnknown } from './call-plan.ts';

export interface TextConversationsParts {
  /** For sessions in writing alone: they take no place of a call. */
  readonly sessions: Sessions;
  /** What a session is to be. Throws `NOT_FOUND` for a persona that there is not. */
  readonly plan: (leg: Leg) => CallPlan;
  readonly personaKeys: () => readonly string[];
  readonly limits: { readonly sessionsMax: number; readonly sessionsPerCallerMax: number };
  readonly random: Random;
  readonly metrics: Metrics;
}

/** The sessions of those who write by HTTP, each of the principal that opened it. */
export class TextConversations implements Conversations {
  readonly #parts: TextConversationsParts;
  readonly #lines = new Map<string, TextLine>();
  /** By owner; nobody with none. */
  readonly #counts = new Map<string, number>();

  constructor(parts: TextConversationsParts) {
    this.#parts = parts;
  }

  open({ persona, principal, traceparent }: OpeningWish): Conversation {
    const owner = ownerOf(principal);
    this.#refuseAtLimit(owner);
    const { organisationId, trust } = principal;
    const callId = this.#parts.random.uuid();
    const call = {
      callId,
      variables: {},
      ...(persona !== undefined && { persona }),
      ...(organisationId !== defaultOrganisationId && { organisationId }),
      ...(traceparent !== undefined && { traceparent }),
    };
    const leg = new TextLeg({ id: callId, call, trust });
    const plan = this.#parts.plan(leg);
    refuseUnfit(plan, leg);
    const session = this.#parts.sessions.open(leg);
    if (session === null || leg.isEnded) throw leg.failure ?? noSession();
    const { personaOf } = plan;
    const line = new TextLine({ ...this.#parts, leg, session, owner, personaOf });
    this.#lines.set(line.sessionId, line);
    this.#counts.set(owner, (this.#counts.get(owner) ?? 0) + 1);
    return line;
  }

  async find(sessionId: string, principal: Principal): Promise<Found> {
    const session = await this.#parts.sessions.find(sessionId);
    const line = session && this.#lines.get(sessionId);
    if (!line || line.owner !== ownerOf(principal)) return { is: 'unknown' };
    return { is: 'here', conversation: line };
  }

  /** Follows the journal: which tools are at work, and which sessions are over. */
  follow(entry: JournalEntry): void {
    const line = this.#lines.get(entry.sessionId);
    if (!line) return;
    switch (entry.type) {
      case 'tool-call':
        line.toolNews(entry.name, 'started');
        return;
      case 'tool-result':
        line.toolNews(entry.name, entry.outcome);
        return;
      case 'session-end':
        this.#forget(line);
    }
  }

  /** Opens no more sessions; each ends when its question is answered, at the deadline all do. */
  async drain(deadlineMs: number): Promise<void> {
    const drained = this.#parts.sessions.drain(deadlineMs);
    for (const line of this.#lines.values()) line.hangUpWhenIdle();
    await drained;
  }

  #refuseAtLimit(owner: string): void {
    const { limits, metrics } = this.#parts;
    const { sessionsMax, sessionsPerCallerMax } = limits;
    if (this.#lines.size >= sessionsMax) {
      metrics.count('offhook_limits_total', { limit: 'ai_sessions' });
      const message = `all ${sessionsMax} sessions in writing are taken`;
      throw new GatewayError('SESSIONS_AT_LIMIT', message, { sessionsMax });
    }
    if ((this.#counts.get(owner) ?? 0) >= sessionsPerCallerMax) {
      metrics.count('offhook_limits_total', { limit: 'ai_sessions_per_caller' });
      const message = `you have ${sessionsPerCallerMax} sessions, which is the most: use one again`;
      throw new GatewayError('SESSIONS_OF_CALLER_AT_LIMIT', message, { sessionsPerCallerMax });
    }
  }

  #forget({ owner, sessionId }: TextLine): void {
    this.#lines.delete(sessionId);
    const left = (this.#counts.get(owner) ?? 0) - 1;
    if (left > 0) this.#counts.set(owner, left);
    else this.#counts.delete(owner);
  }
}

interface TextLineParts {
  readonly leg: TextLeg;
  readonly session: Session;
  readonly owner: string;
  readonly personaOf: (key: string) => Persona | undefined;
  readonly personaKeys: () => readonly string[];
}

/** One session in writing, as HTTP sees it. */
class TextLine implements Conversation {
  readonly #parts: TextLineParts;
  #onTool: ((event: ReplyEvent) => void) | null = null;
  #isLast = false;

  constructor(parts: TextLineParts) {
    this.#parts = parts;
  }

  get sessionId(): string {
    return this.#parts.session.sessionId;
  }

  get owner(): string {
    return this.#parts.owner;
  }

  get persona(): string {
    return this.#parts.session.summary.persona;
  }

  ask(text: string, onEvent: (event: ReplyEvent) => void): void {
    const { leg } = this.#parts;
    if (!leg.isBusy) this.#onTool = onEvent;
    leg.ask(text, (event) => {
      if (event.type !== 'delta') this.#over();
      onEvent(replyEvent(event));
    });
  }

  swapPersona(key: string): void {
    const { leg, personaKeys, personaOf, session } = this.#parts;
    const persona = personaOf(key);
    if (!persona) throw personaUnknown(key, personaKeys());
    if (leg.isEnded) throw leg.failure ?? noSession();
    session.swapPersona(persona);
  }

  hangUp(): void {
    this.#parts.leg.hangUp();
  }

  hangUpWhenIdle(): void {
    this.#isLast = true;
    if (!this.#parts.leg.isBusy) this.hangUp();
  }

  toolNews(name: string, state: ToolState): void {
    this.#onTool?.({ type: 'tool', name, state });
  }

  #over(): void {
    this.#onTool = null;
    if (this.#isLast) this.hangUp();
  }
}

function replyEvent(event: TextEvent): ReplyEvent {
  if (event.type !== 'ended') return event;
  const { cause } = event;
  const error = new GatewayError('SESSION_ENDED', `the session has ended: ${cause}`, { cause });
  return { type: 'failed', error };
}

/** Said before anything is opened, so that the answer has the reason and no session. */
function refuseUnfit({ persona, provider }: CallPlan, { trust }: Leg): void {
  const distrust = personaRefusalOf(persona, trust);
  if (distrust) throw distrust;
  const readiness = provider.readiness();
  if (!readiness.isReady) throw readiness.error;
}

function noSession(): GatewayError {
  return new GatewayError('SESSION_ENDED', 'the session is over');
}

/**
 * Programs on this machine are one owner: what keeps their sessions apart is that ids are secret.
 */
function ownerOf({ id, kind, organisationId }: Principal): string {
  return `${organisationId}/${kind}/${id}`;
}
