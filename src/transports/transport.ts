import type { AudioFormat } from '../audio/format.ts';
import type { Closer } from '../runtime/closer.ts';
import type { GatewayError } from '../runtime/errors.ts';
import type { Trust } from '../runtime/trust.ts';

/** The wires a caller can come by; also the `transport` label of metrics. */
export type TransportKind = 'audiosocket' | 'browser' | 'text';

/** What is known of a call before its first word. Everything but the id may be unknown. */
export interface CallInfo {
  /** The caller's own identifier on its wire: the UUID of AudioSocket. */
  readonly callId: string;
  readonly callerNumber?: string;
  readonly dialledNumber?: string;
  /** A persona or provider that the operator chose for this very call; unset means the default. */
  readonly persona?: string;
  readonly provider?: string;
  /** Whose rows its tools read, and whose record it goes into; unset: the default organisation. */
  readonly organisationId?: string;
  /** What the operator vouches for, as after a PIN that the dialplan asked for; unset: nothing. */
  readonly announcedTrust?: Trust;
  /** Of W3C Trace Context: the request that the call belongs to. */
  readonly traceparent?: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Why a caller's line ended. */
export type LegEndCause =
  | 'caller-hung-up' // the far end closed in order
  | 'line-reset' // the far end's connection broke off
  | 'line-dead' // the far end did not answer keep-alives or stopped reading
  | 'protocol-error' // the far end sent what its protocol does not allow
  | 'agent-hung-up' // we hung up
  | 'transferred'; // we handed the caller on

/** What a caller's line tells the session. Audio objects are reused: copy, never keep. */
export type LegEvent =
  | {
      readonly type: 'caller-audio';
      /** `length` bytes from `offset` in `callerFormat`; whole samples, any duration. */
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly type: 'caller-text'; readonly text: string }
  | { readonly type: 'caller-digit'; readonly digit: string }
  /** A buffered leg has played everything that was sent before the mark. */
  | { readonly type: 'mark-played'; readonly name: string }
  /** The last event, exactly once, also after a hang-up or transfer of ours. */
  | { readonly type: 'ended'; readonly cause: LegEndCause; readonly error?: GatewayError };

/** What came of the caller's words. `failed`: why they were not answered, or not to the end. */
export type TurnOutcome =
  | { readonly is: 'answered' }
  | { readonly is: 'failed'; readonly error: GatewayError };

/** What the session tells a caller's line. */
export type LegCommand =
  | {
      readonly type: 'agent-audio';
      /** One frame of 20 ms in `agentFormat`. The leg copies or sends it before `send` returns. */
      readonly bytes: Uint8Array;
      readonly offset: number;
      readonly length: number;
    }
  /**
   * A piece of an item of the agent's, in order. On a leg without audio it has been read; on others
   * it comes ahead of its sound, may lack its end, and nobody has heard it yet.
   */
  | { readonly type: 'agent-text'; readonly itemId: string; readonly text: string }
  /**
   * A piece of what the caller is saying, in order, as it is understood while they speak. It may be
   * understood otherwise in the end: what was said is what the record says.
   */
  | { readonly type: 'caller-words'; readonly itemId: string; readonly text: string }
  /** Nothing of it was understood in the end: the record has no word of it. */
  | { readonly type: 'caller-not-understood'; readonly itemId: string }
  /**
   * Nothing more comes in answer to what the caller wrote, on a leg without audio. On any leg: the
   * call was refused, and why.
   */
  | { readonly type: 'turn-over'; readonly outcome: TurnOutcome }
  /** Buffered legs only: ask for `mark-played` when everything before it has been played. */
  | { readonly type: 'mark'; readonly name: string }
  /** Buffered legs only: drop what has not been played. */
  | { readonly type: 'clear' }
  | { readonly type: 'hang-up' }
  /** Hand the caller to a key of the configured directory, never to digits from the model. */
  | { readonly type: 'transfer'; readonly destinationKey: string };

/** One caller's line. It is silent until `open`; after `ended` every method does nothing. */
export interface Leg {
  readonly id: string;
  readonly transport: TransportKind;
  /** What the caller sends; `null` on a leg without audio. */
  readonly callerFormat: AudioFormat | null;
  readonly agentFormat: AudioFormat | null;
  /**
   * `realtime`: we pace one frame per 20 ms. `buffered`: the far end queues and plays by itself.
   */
  readonly pacing: 'realtime' | 'buffered';
  /** Audio the far end still holds when we have sent a frame; configured, 0 for AudioSocket. */
  readonly farEndDelayMs: number;
  readonly trust: Trust;
  readonly call: CallInfo;
  /** Starts the events. Called once. */
  open(onEvent: (event: LegEvent) => void): void;
  send(command: LegCommand): void;
  /** Bytes sent that the operating system has not taken yet. The leg keeps it within a bound. */
  readonly bufferedBytes: number;
}

/** Accepts callers. `onLeg` is called once per caller, when enough is known to open a session. */
export interface Transport {
  readonly kind: TransportKind;
  listen(onLeg: (leg: Leg) => void): Promise<Closer>;
}
