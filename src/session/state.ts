import type { PersonaSetup } from '../providers/provider.ts';
import { assert } from '../runtime/assert.ts';
import type { GatewayError } from '../runtime/errors.ts';
import type { Party, SessionEndCause } from '../store/store.ts';
import type { ClosingSequel, ToolCall, ToolOutcome } from '../tools/tool.ts';

/** Whether the caller is speaking, as far as we have been told. */
export type CallerState =
  | { readonly is: 'quiet' }
  /** `by`: who has heard it; the provider's word counts for more than our gate's. */
  | { readonly is: 'talking'; readonly sinceMs: number; readonly by: 'provider' | 'gate' };

/** What the caller hears from us. */
export type AgentState =
  | { readonly is: 'silent' }
  /**
   * A reply is owed: nothing of it has been played yet. `isCovered`: the hold prompt was played.
   */
  | { readonly is: 'awaited'; readonly sinceMs: number; readonly isCovered: boolean }
  | { readonly is: 'speaking'; readonly replyId: string }
  | { readonly is: 'prompting'; readonly name: PromptName; readonly owesReply: boolean };

/** The link to the model. A successor is the link that will take over at a quiet moment. */
export type LinkState =
  | { readonly is: 'opening'; readonly linkId: number; readonly attempt: number }
  | { readonly is: 'ready'; readonly linkId: number; readonly successor: Successor }
  /** Between two attempts. */
  | { readonly is: 'recovering'; readonly attempt: number; readonly sinceMs: number }
  | { readonly is: 'gone' };

export type Successor =
  | { readonly is: 'none' }
  | { readonly is: 'wanted' }
  /** `saidCount`: how much had been said when its history was made. */
  | { readonly is: 'opening'; readonly linkId: number; readonly saidCount: number }
  | { readonly is: 'ready'; readonly linkId: number; readonly saidCount: number };

/** The caller's line. */
export type LineState =
  | { readonly is: 'up' }
  /** Saying goodbye, by a reply of the agent or by a recording; it is played to its last sample. */
  | {
      readonly is: 'closing';
      readonly cause: SessionEndCause;
      readonly sequel: ClosingSequel;
      readonly by: 'reply' | 'prompt';
    }
  | { readonly is: 'ended'; readonly cause: SessionEndCause };

/** Who the agent speaks with. Of the caller and the second leg it is one at most. */
export type PartyState =
  | { readonly is: 'caller' }
  /** The caller will be put on hold once the words that wait have been played. */
  | { readonly is: 'parting' }
  /** The caller is on hold. `goodbye`: how the call ends as soon as they are back. */
  | { readonly is: 'nobody'; readonly goodbye: Goodbye | null }
  /** Somebody else is briefed. `verdict`: they have decided, and hear the agent out. */
  | { readonly is: 'second'; readonly verdict: Verdict | null };

/** Whether somebody takes over the call. */
export type Verdict = 'accepted' | 'declined';

/** An end of the call by a recording. */
export interface Goodbye {
  readonly cause: SessionEndCause;
  readonly prompt: PromptName;
}

/** Why we ask for a reply. `void`: the answer is for somebody who is not there any more. */
export type RequestPurpose =
  | 'greeting'
  | 'answer'
  | 'tool-results'
  | 'handoff'
  | 'say-again'
  | 'farewell'
  | 'brief'
  | 'void';

export interface ReplyRequest {
  readonly requestId: string;
  readonly purpose: RequestPurpose;
  /** What the agent greets with, word for word. */
  readonly greeting: string | null;
}

/** Who may create the next reply: at most one is active, at most one request is unanswered. */
export interface ArbiterState {
  readonly active: ActiveReply | null;
  readonly unanswered: ReplyRequest | null;
  readonly queued: readonly ReplyRequest[];
  /** The provider was told to answer, or will by itself: its own reply is about to begin. */
  readonly isProviderDue: boolean;
  readonly requestCount: number;
}

export interface ActiveReply {
  readonly replyId: string;
  readonly purpose: RequestPurpose | 'provider';
  readonly isCancelled: boolean;
}

/** A tool call from the moment the model made it until its result has been sent. */
export type PendingCall = {
  readonly call: ToolCall;
  readonly replyId: string;
  /** Who the agent spoke with when it made the call. */
  readonly party: Party;
} /** Its reply is not complete: not to be run yet. */ & (
  | { readonly is: 'held' }
  | { readonly is: 'running'; readonly wasAloud: boolean }
  /** `wasAloud`: the reply that made the call also spoke. */
  | { readonly is: 'settled'; readonly wasAloud: boolean; readonly outcome: ToolOutcome }
);

/** An item that was not heard at all, to be taken back when its reply has ended. */
export interface UnheardItem {
  readonly replyId: string;
  readonly itemId: string;
}

export const promptNames = ['apology', 'hold', 'silence', 'goodbye', 'unavailable'] as const;

/** The recordings in prompts/ that the session plays by itself. */
export type PromptName = (typeof promptNames)[number];

/**
 * Everything the control plane knows. It holds when:
 * - an ended line has no timers, no calls pending and no link;
 * - at most one reply is active, and nothing is asked for while one is;
 * - nothing is queued in the arbiter while it could be sent;
 * - a call is run only when its reply is complete, and it is in the list once;
 * - while the caller is on hold nothing sounds but for the second leg.
 */
export interface TurnState {
  readonly caller: CallerState;
  readonly agent: AgentState;
  readonly link: LinkState;
  readonly line: LineState;
  readonly party: PartyState;
  readonly arbiter: ArbiterState;
  readonly pendingCalls: readonly PendingCall[];
  /** Ids of the latest calls: the same call never runs twice. */
  readonly seenCallIds: readonly string[];
  readonly unheardItems: readonly UnheardItem[];
  /** Replies of a lost link that are still played: the link in use knows nothing of them. */
  readonly orphanReplyIds: readonly string[];
  /** Written words that came while there was no link. */
  readonly untoldTexts: readonly string[];
  /** The link that is being opened was told of another persona: this one is in force. */
  readonly untoldPersona: PersonaSetup | null;
  /** On a leg without sound: the caller waits to be told that the turn is over. */
  readonly owesTurnOver: boolean;
  /** What kept the caller from the answer that is owed; `null` when nothing did. */
  readonly failure: GatewayError | null;
  /** End of the caller's last speech that no reply has answered yet. */
  readonly unansweredSinceMs: number | null;
  readonly toolCallsInTurn: number;
  readonly toolCallsInCall: number;
  /** Replies in a row that carried no usable audio. */
  readonly muteRepliesInRow: number;
  /** 0: nobody asked; 1: "are you still there" was said. */
  readonly silencePrompts: 0 | 1;
  /** Timers that are set, by name. */
  readonly timers: readonly TimerName[];
  readonly linkCount: number;
  readonly isGreeted: boolean;
}

export const timerNames = [
  'call-length',
  'silence',
  'reply-owed',
  'reconnect',
  'roll-over',
  'tool-filler',
  'closing',
  'briefing',
] as const;

export type TimerName = (typeof timerNames)[number];

/** Calls that may wait for results at once; more are refused as over the cap. */
export const pendingCallsMax = 32;
/** Ids of calls that are remembered; more than a call may make. */
export const seenCallIdsMax = 256;
/** Written messages that wait for a link; the oldest is dropped beyond. */
export const untoldTextsMax = 16;
/** Requests for replies that may wait; the arbiter drops the oldest beyond. */
export const queuedRequestsMax = 8;

export const initialState: TurnState = {
  caller: { is: 'quiet' },
  agent: { is: 'silent' },
  link: { is: 'recovering', attempt: 0, sinceMs: 0 },
  line: { is: 'up' },
  party: { is: 'caller' },
  arbiter: { active: null, unanswered: null, queued: [], isProviderDue: false, requestCount: 0 },
  pendingCalls: [],
  seenCallIds: [],
  unheardItems: [],
  orphanReplyIds: [],
  untoldTexts: [],
  untoldPersona: null,
  owesTurnOver: false,
  failure: null,
  unansweredSinceMs: null,
  toolCallsInTurn: 0,
  toolCallsInCall: 0,
  muteRepliesInRow: 0,
  silencePrompts: 0,
  timers: [],
  linkCount: 0,
  isGreeted: false,
};

/** Whether a call is of the conversation that is going on: who is on hold waits for theirs. */
export function isOfConversation({ party }: TurnState, call: PendingCall): boolean {
  return party.is !== 'second' || call.party === 'second';
}

/** Throws when `state` is one that must not be. The simulator calls it after every step. */
export function assertSession(state: TurnState): void {
  const { line, link, agent, party, arbiter, pendingCalls, timers } = state;
  if (line.is === 'ended') {
    assert(timers.length === 0, 'an ended session has no timers');
    assert(pendingCalls.length === 0, 'an ended session has no tool calls pending');
    assert(link.is === 'gone', 'an ended session has no link');
    assert(!state.owesTurnOver, 'an ended session owes nobody a word');
  }
  assert(new Set(timers).size === timers.length, 'each timer is set once');
  assert(pendingCalls.length <= pendingCallsMax, 'pending tool calls are bounded');
  assert(
    new Set(pendingCalls.map(({ call }) => call.callId)).size === pendingCalls.length,
    'a tool call is pending once',
  );
  assert(arbiter.queued.length <= queuedRequestsMax, 'queued requests are bounded');
  assert(link.is === 'ready' || arbiter.active === null, 'a reply is active only on a ready link');
  assert(link.is === 'ready' || arbiter.unanswered === null, 'requests need a ready link');
  assert(
    party.is !== 'nobody' || agent.is === 'silent',
    'the agent speaks with nobody while the caller is on hold alone',
  );
  assert(
    line.is !== 'closing' || party.is === 'caller' || party.is === 'parting',
    'the caller hears the goodbye',
  );
  assert(
    arbiter.queued.length === 0 || line.is !== 'ended',
    'nothing is asked for on an ended line',
  );
}
