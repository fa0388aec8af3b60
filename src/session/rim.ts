import type {
  HistoryItem,
  PersonaSetup,
  ProviderCommand,
  ProviderEvent,
} from '../providers/provider.ts';
import type { GatewayError } from '../runtime/errors.ts';
import type { JournalBody, PersonaChangeBy, SessionEndCause } from '../store/store.ts';
import type { ToolCall } from '../tools/tool.ts';
import type { LegCommand } from '../transports/transport.ts';
import type { Agent } from './cast.ts';
import type { HeardItem, LimitName, LinkReason, SecondEnd } from './edges.ts';
import type { PromptName, TimerName } from './state.ts';

/** What a link is opened with, besides what does not change during a call. */
export interface LinkOpening {
  readonly reason: LinkReason;
  readonly persona: PersonaSetup;
  readonly history: readonly HistoryItem[];
}

/** What the core wants done in the world. Called from inside its methods, in order. */
export interface SessionRim {
  toLeg(command: LegCommand): void;
  /** To the leg of the second party: frames. */
  toSecond(command: LegCommand): void;
  /** For whoever has the caller on hold. */
  consult(news: 'held' | SecondEnd): void;
  /** To the link in use. */
  toLink(command: ProviderCommand): void;
  openLink(linkId: number, opening: LinkOpening): void;
  closeLink(linkId: number): void;
  useLink(linkId: number): void;
  /** The agent's tools may be called from now on, and no others. */
  useAgent(agent: Agent, by: PersonaChangeBy): void;
  /** The outcome comes back by `toolSettled`. */
  runTool(call: ToolCall): void;
  /** The recording in the leg's format, or null when there is none of that name. */
  promptAudio(name: PromptName): Uint8Array | null;
  setTimer(name: TimerName, delayMs: number): void;
  cancelTimer(name: TimerName): void;
  journal(body: JournalBody): void;
  report(news: SessionNews): void;
  /** Nothing is called after this. */
  ended(cause: SessionEndCause): void;
}

/** What an operator may want to know: logged and measured outside. */
export type SessionNews =
  | { readonly type: 'agent-audio-began'; readonly replyId: string }
  | { readonly type: 'agent-audio-done'; readonly replyId: string; readonly queuedMs: number }
  | { readonly type: 'first-frame'; readonly replyId: string; readonly sinceStartMs: number | null }
  | { readonly type: 'playback-finished'; readonly replyId: string }
  | { readonly type: 'answered'; readonly responseMs: number }
  /** The agent was cut off: its last frame has been sent. */
  | {
      readonly type: 'barged-in';
      readonly items: readonly HeardItem[];
      readonly speechReportedAtMs: number;
    }
  | { readonly type: 'underrun' }
  | { readonly type: 'limit'; readonly limit: LimitName }
  | { readonly type: 'collision' }
  | { readonly type: 'usage'; readonly event: Extract<ProviderEvent, { type: 'reply-end' }> }
  | { readonly type: 'farewell-without-tool'; readonly replyId: string }
  | { readonly type: 'prompt'; readonly name: PromptName }
  | { readonly type: 'warning'; readonly message: string; readonly error: GatewayError | null };

/** Puts on record what the transcript made of an event, if it made anything. */
export function record(rim: Pick<SessionRim, 'journal'>, body: JournalBody | null): void {
  if (body) rim.journal(body);
}
