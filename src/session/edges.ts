import type { PersonaSetup, ProviderCommand, ReplyOutcome } from '../providers/provider.ts';
import type { GatewayError } from '../runtime/errors.ts';
import type { JournalBody, Party, PersonaChangeBy, SessionEndCause } from '../store/store.ts';
import type { ToolCall, ToolOutcome } from '../tools/tool.ts';
import type { LegCommand, LegEndCause } from '../transports/transport.ts';
import type { Agent } from './cast.ts';
import type { SessionSettings } from './settings.ts';
import type { PromptName, TimerName, TurnState, Verdict } from './state.ts';

/** How much of one item of a reply the caller has heard, in the model's own milliseconds. */
export interface HeardItem {
  readonly replyId: string;
  readonly itemId: string;
  readonly contentIndex: number;
  readonly heardMs: number;
  readonly receivedMs: number;
}

/**
 * What a reply brought the caller. `cut-short`: far less sound than its words need. `writing`:
 * words sent to a leg without sound; `text-only`: words that did not become sound.
 */
export type ReplyCarried = 'audio' | 'cut-short' | 'writing' | 'text-only' | 'nothing';

/** When something happens in a call, and what the control plane knows by then. */
export interface Moment {
  /** Monotonic. */
  readonly nowMs: number;
  /** Since the line is up. */
  readonly atMs: number;
  readonly state: TurnState;
}

/** What the control plane is told. Edges only: never audio, never words. */
export type TurnInput =
  | { readonly type: 'start' }
  | { readonly type: 'link-ready'; readonly linkId: number }
  | { readonly type: 'link-ended'; readonly linkId: number; readonly error: GatewayError | null }
  | { readonly type: 'link-ending-soon'; readonly linkId: number }
  /** `by`: who heard it. */
  | { readonly type: 'caller-speech-start'; readonly by: 'provider' | 'gate' }
  | { readonly type: 'caller-speech-end'; readonly by: 'provider' | 'gate' }
  | { readonly type: 'caller-text'; readonly text: string }
  | { readonly type: 'caller-digit' }
  | { readonly type: 'reply-start'; readonly replyId: string; readonly requestId: string | null }
  | {
      readonly type: 'reply-end';
      readonly replyId: string;
      readonly outcome: ReplyOutcome;
      readonly error: GatewayError | null;
      readonly carried: ReplyCarried;
    }
  /** The replies of the call have cost what they may. */
  | { readonly type: 'budget-spent' }
  | { readonly type: 'request-refused'; readonly requestId: string }
  | { readonly type: 'tool-call'; readonly replyId: string; readonly call: ToolCall }
  | { readonly type: 'tool-settled'; readonly outcome: ToolOutcome }
  | { readonly type: 'first-frame'; readonly replyId: string }
  /** The provider has ended the reply and its last sample has been sent. */
  | { readonly type: 'reply-played'; readonly replyId: string }
  | { readonly type: 'prompt-played'; readonly name: PromptName }
  | { readonly type: 'over-limit'; readonly replyId: string }
  /** A tool is about to speak with somebody else on behalf of the caller. */
  | { readonly type: 'hold-wanted' }
  | { readonly type: 'second-joined'; readonly persona: PersonaSetup }
  /** What they have told the agent, which may still be speaking. */
  | { readonly type: 'second-decided'; readonly verdict: Verdict }
  | { readonly type: 'second-ended'; readonly how: SecondEnd }
  | { readonly type: 'caller-back'; readonly persona: PersonaSetup }
  /** The operator has the call go on with another persona. */
  | { readonly type: 'persona-swap'; readonly agent: Agent }
  | { readonly type: 'timer'; readonly name: TimerName }
  | { readonly type: 'leg-ended'; readonly cause: LegEndCause }
  /** The operator ends the call. */
  | { readonly type: 'close'; readonly cause: SessionEndCause };

/** How the conversation with the second leg ended. */
export type SecondEnd = Verdict | 'hung-up' | 'timeout';

export type LinkReason = 'first' | 'reconnect' | 'roll-over';

/** What the control plane wants done, in order. */
export type Effect =
  | { readonly type: 'link'; readonly command: ProviderCommand }
  | { readonly type: 'leg'; readonly command: LegCommand }
  | { readonly type: 'open-link'; readonly linkId: number; readonly reason: LinkReason }
  | { readonly type: 'close-link'; readonly linkId: number }
  /** The link that caller audio and commands go to from now on. */
  | { readonly type: 'use-link'; readonly linkId: number }
  /** Drop all agent audio that waits; of these replies nothing more is played. */
  | { readonly type: 'flush-playout' }
  | { readonly type: 'silence-reply'; readonly replyId: string }
  | { readonly type: 'play-prompt'; readonly name: PromptName }
  | { readonly type: 'run-tool'; readonly call: ToolCall }
  | { readonly type: 'results-sent'; readonly outcomes: readonly ToolOutcome[] }
  /** Whom the agent hears and speaks with from now on. */
  | { readonly type: 'attach'; readonly party: Party | 'nobody' }
  /** For whoever has the caller on hold. */
  | { readonly type: 'consult'; readonly news: 'held' | SecondEnd }
  /** From now on links are opened for this agent, and its tools may be called. */
  | { readonly type: 'use-agent'; readonly agent: Agent; readonly by: PersonaChangeBy }
  | { readonly type: 'set-timer'; readonly name: TimerName; readonly delayMs: number }
  | { readonly type: 'cancel-timer'; readonly name: TimerName }
  | { readonly type: 'journal'; readonly body: JournalBody }
  | { readonly type: 'warn'; readonly message: string; readonly error: GatewayError | null }
  | { readonly type: 'count-limit'; readonly limit: LimitName }
  | { readonly type: 'count-collision' }
  | { readonly type: 'barged-in'; readonly items: readonly HeardItem[] }
  /** What sounded was stopped, by nobody's words. */
  | { readonly type: 'stopped'; readonly items: readonly HeardItem[] }
  | { readonly type: 'answered'; readonly responseMs: number }
  /** The session is over: nothing follows. */
  | { readonly type: 'finish'; readonly cause: SessionEndCause };

/** Limits of a session, as the `limit` label of `offhook_limits_total`. */
export type LimitName =
  | 'call-length'
  | 'call-cost'
  | 'silence'
  | 'reply-owed'
  | 'reply-queue'
  | 'reply-without-audio'
  | 'queued-requests'
  | 'pending-tool-calls'
  | 'untold-texts'
  | 'tool-calls-per-turn'
  | 'tool-calls-per-call'
  | 'reconnect-attempts'
  | 'closing'
  | 'briefing';

/** What a step may read besides state and input: read in the same turn of the event loop. */
export interface TurnContext {
  readonly nowMs: number;
  readonly settings: SessionSettings;
  readonly greeting: string | null;
  readonly canTruncate: boolean;
  /** The leg has no sound: there are no recordings, and the caller is told when a turn is over. */
  readonly isWritten: boolean;
  /** Whom the agent in force may hand over to; `null` when it may not. */
  readonly successor: (personaKey: string) => Agent | null;
  /** Agent audio not played to its end, oldest first, as the caller has heard it by now. */
  readonly unplayed: readonly HeardItem[];
  /** Grows with everything that was said; a history made at the same count is still true. */
  readonly saidCount: number;
  /** Filled by the step. */
  readonly effects: Effect[];
}
