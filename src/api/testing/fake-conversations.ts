import { GatewayError } from '../../runtime/errors.ts';
import type { Conversation, Conversations, Found, ReplyEvent } from '../ai/conversation.ts';
import type { Principal } from '../auth/principal.ts';

/** What a fake conversation has been through. */
export interface FakeConversation extends Conversation {
  readonly owner: Principal;
  readonly asked: string[];
  readonly traceparent: string | undefined;
  /** The reply to the question that is open. */
  tell(event: ReplyEvent): void;
  readonly isOver: boolean;
}

/** Conversations that echo at once, or wait for the test to tell what comes. */
export class FakeConversations implements Conversations {
  readonly opened: FakeConversation[] = [];
  /** Sessions of other processes. */
  readonly elsewhere = new Map<string, string>();
  isEchoing = true;
  readonly personas = ['waiter', 'cfo'];

  open({ persona = 'waiter', principal, traceparent }: Parameters<Conversations['open']>[0]) {
    this.#assertPersona(persona, principal);
    const sessionId = `sess_${String(this.opened.length).padStart(21, '0')}`;
    const conversation = this.#conversation(sessionId, persona, { principal, traceparent });
    this.opened.push(conversation);
    return conversation;
  }

  async find(sessionId: string, principal: Principal): Promise<Found> {
    const place = this.elsewhere.get(sessionId);
    if (place !== undefined) return { is: 'elsewhere', place };
    const conversation = this.opened.find((one) => one.sessionId === sessionId);
    if (!conversation || conversation.isOver) return { is: 'unknown' };
    if (conversation.owner.id !== principal.id) return { is: 'unknown' };
    return { is: 'here', conversation };
  }

  get last(): FakeConversation {
    const last = this.opened.at(-1);
    if (!last) throw new Error('nothing was opened');
    return last;
  }

  #assertPersona(persona: string, { trust }: Principal): void {
    const choices = this.personas.join(', ');
    if (!this.personas.includes(persona)) {
      throw new GatewayError('NOT_FOUND', `there is no persona ${persona}`, { persona, choices });
    }
    if (persona === 'cfo' && trust !== 'verified') {
      throw new GatewayError('TRUST_TOO_LOW', 'the cfo needs a caller who is verified');
    }
  }

  #conversation(
    sessionId: string,
    first: string,
    {
      principal: owner,
      traceparent,
    }: Pick<Parameters<Conversations['open']>[0], 'principal' | 'traceparent'>,
  ): FakeConversation {
    let [persona, isOver] = [first, false];
    let open: ((event: ReplyEvent) => void) | null = null;
    const asked: string[] = [];
    return {
      sessionId,
      owner,
      asked,
      traceparent,
      get persona() {
        return persona;
      },
      get isOver() {
        return isOver;
      },
      ask: (text, onEvent) => {
        if (isOver) throw new GatewayError('SESSION_ENDED', 'the session has ended');
        if (open) throw new GatewayError('SESSION_BUSY', 'one question at a time');
        asked.push(text);
        if (this.isEchoing) onEvent({ type: 'answered', text });
        else open = onEvent;
      },
      tell(event) {
        const told = open;
        if (event.type === 'answered' || event.type === 'failed') open = null;
        told?.(event);
      },
      swapPersona: (key) => {
        this.#assertPersona(key, owner);
        persona = key;
      },
      hangUp() {
        isOver = true;
      },
    };
  }
}
