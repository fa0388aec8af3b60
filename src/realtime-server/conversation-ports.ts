import type { Random } from '../runtime/random.ts';
import type { BrainAsk } from './brain.ts';
import type { ItemList } from './item-list.ts';
import type { SessionConfig } from './session-config.ts';
import type { ServerEvent, WireFault } from './wire.ts';

/** A server event before it has its `event_id`. */
export type Unnumbered = ServerEvent extends infer Event
  ? Event extends { event_id?: string }
    ? Omit<Event, 'event_id'>
    : never
  : never;

/** What the parts of a conversation share. */
export interface ConversationPorts {
  readonly random: Random;
  readonly items: ItemList;
  readonly session: SessionConfig;
  /** The time of the step that is being done. */
  readonly nowMs: number;
  send(event: Unnumbered): void;
  ask(ask: BrainAsk): void;
  /** Answers `error`; `eventId` is that of the client's event, if it had one. */
  refuse(fault: Refusal, eventId: string | undefined): void;
  /** A limit was reached: counted by who runs the conversation. */
  onLimit(limit: string): void;
}

/** A fault in the vendor's words; a few of its refusals have no code. */
export type Refusal = Omit<WireFault, 'code'> & { readonly code: string | null };
