import type { AudioFormat } from '../audio/format.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { ConversationItem } from './item-list.ts';
import type { SessionConfig } from './session-config.ts';
import type { ToolChoice, Usage, Voice, WireTool } from './wire.ts';

export type { Usage } from './wire.ts';

/** What a brain is asked to answer, with all it needs: it keeps no conversation of its own. */
export interface RespondRequest {
  readonly responseId: string;
  /** False: the answer is out of band and joins no conversation. */
  readonly isInConversation: boolean;
  readonly instructions: string;
  /** The persona's key and variables, as the client named them. */
  readonly prompt: SessionConfig['prompt'];
  readonly tools: readonly WireTool[];
  readonly toolChoice: ToolChoice;
  readonly modality: 'audio' | 'text';
  /** Audio must be answered in this format. */
  readonly agentFormat: AudioFormat;
  readonly voice: Voice;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** The context, oldest first; assistant items hold only what was heard. */
  readonly items: readonly ConversationItem[];
}

/** What the server tells a brain. Bytes are valid only during the call: copy what you keep. */
export type BrainAsk =
  /** The configuration in force; first ask of a session and after every accepted change. */
  | { readonly type: 'session'; readonly session: SessionConfig }
  /** Caller audio as it arrives, before anybody knows whether it is speech. */
  | { readonly type: 'caller-audio'; readonly bytes: Uint8Array; readonly format: AudioFormat }
  | { readonly type: 'caller-speech-start'; readonly itemId: string }
  /** What the caller began to say becomes no turn: the client threw it away. */
  | { readonly type: 'caller-turn-dropped'; readonly itemId: string }
  /** semantic_vad only: the caller pauses. Answer `caller-turn-over` if the thought is complete. */
  | { readonly type: 'caller-pause'; readonly itemId: string }
  /** The caller's turn is over: its whole audio, with the padding before it. */
  | {
      readonly type: 'caller-turn';
      readonly itemId: string;
      readonly bytes: Uint8Array;
      readonly format: AudioFormat;
      /** Report its words as `caller-transcript`, for the client asked for them. */
      readonly wantsTranscript: boolean;
    }
  | { readonly type: 'respond'; readonly request: RespondRequest }
  /** Stop at once; outputs of this response are ignored from now on, also its end. */
  | { readonly type: 'cancel'; readonly responseId: string };

export type BrainOutcome =
  | { readonly status: 'completed' }
  | { readonly status: 'incomplete'; readonly reason: 'content_filter' | 'max_output_tokens' }
  | {
      readonly status: 'failed';
      readonly error: { readonly type: string; readonly code: string; readonly message: string };
    };

/** What a brain answers, at any time after it was asked, never from inside `tell`. */
export type BrainOutput =
  /** Words: the text itself, or what the audio says. Word by word or sentence by sentence. */
  | { readonly type: 'text'; readonly responseId: string; readonly delta: string }
  /** Speech in the format that was asked for, whole samples; may be faster than real time. */
  | { readonly type: 'audio'; readonly responseId: string; readonly bytes: Uint8Array }
  | {
      readonly type: 'function-call';
      readonly responseId: string;
      readonly name: string;
      readonly argumentsJson: string;
    }
  /** The last output of a response. Without `usage` the server estimates it. */
  | {
      readonly type: 'end';
      readonly responseId: string;
      readonly outcome: BrainOutcome;
      readonly usage?: Usage;
    }
  /** Words of the caller: pieces, also of a turn in progress, then once the whole. */
  | {
      readonly type: 'caller-transcript';
      readonly itemId: string;
      readonly text: string;
      readonly isFinal: boolean;
    }
  | { readonly type: 'caller-transcript-failed'; readonly itemId: string; readonly reason: string }
  /** `talksOn`: the brain has heard enough; what the caller goes on to say counts after a pause. */
  | { readonly type: 'caller-turn-over'; readonly itemId: string; readonly talksOn?: boolean }
  /** server_vad: the silence that ends the turn in progress; `null`: as the client configured. */
  | {
      readonly type: 'caller-hang-over';
      readonly itemId: string;
      readonly silenceMs: number | null;
    };

/** How much a frame of caller audio sounds like speech: 0 (not at all) to 1. */
export interface SpeechScorer {
  /** Speech this long confirms that a turn begins; unset: as long as the server thinks best. */
  readonly confirmMs?: number;
  /** Once speech goes on, a score may be this much lower; 0 if unset. */
  readonly hysteresis?: number;
  /**
   * Silence that has passed for certain when speech is no longer scored, because the scorer is slow
   * to believe it: it counts as such. 0 if unset.
   */
  readonly releaseMs?: number;
  /** `frame` is 20 ms in the format that the scorer was made for; not kept. */
  score(frame: Uint8Array): number;
}

export interface BrainContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly onOutput: (output: BrainOutput) => void;
}

export interface BrainSession {
  tell(ask: BrainAsk): void;
  /** The client has gone. Nothing is told and nothing is heard afterwards. */
  close(): void;
}

/**
 * What thinks behind the server: a script, or an engine with recognizer, dialogue and synthesizer.
 * One brain serves many sessions.
 */
export interface Brain {
  readonly name: string;
  open(context: BrainContext): BrainSession;
  /** Its own judge of speech for turn detection; without one the server listens for energy. */
  readonly scorer?: (format: AudioFormat) => SpeechScorer;
}
