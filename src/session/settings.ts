/** Limits and choices of one session, fixed when it starts. */
export interface SessionSettings {
  /** Who creates and interrupts replies: the provider's turn detection, or we. */
  readonly authority: 'provider' | 'gateway';
  /** Who may interrupt: anybody the provider hears, or only speech that our detector confirms. */
  readonly gate: 'off' | 'local';
  /** A local gate stays shut this long after the last agent frame was played: room for its echo. */
  readonly gateTailMs: number;
  readonly callMsMax: number;
  /** Estimated cost of the replies of one call, above which it ends; `null`: no limit. */
  readonly costUsdMicrosMax: number | null;
  /** Silence of both sides until "are you still there", and from there until the goodbye. */
  readonly silencePromptMs: number;
  readonly silenceGoodbyeMs: number;
  /** A leg without sound: nobody has written for so long, and the session ends. */
  readonly textIdleMsMax: number;
  /** A reply that is owed for this long: the hold prompt; for twice as long: a new link. */
  readonly replyMsMax: number;
  /** Agent audio that may wait to be played; above it the reply is cancelled. */
  readonly replyQueueMsMax: number;
  readonly reconnectAttemptsMax: number;
  readonly reconnectDelayMsMin: number;
  readonly reconnectDelayMsMax: number;
  readonly toolCallsPerTurnMax: number;
  readonly toolCallsPerCallMax: number;
  /** Tools that take longer than this are covered by the hold prompt. */
  readonly toolFillerAfterMs: number;
  /** How long a goodbye may take to begin; once it sounds, it is played to its end. */
  readonly closingMsMax: number;
  /** How long somebody may take to decide whether they take over a call. */
  readonly briefingMsMax: number;
}

/** Values for a call on a telephone line; the configuration overrides each. */
export const defaultSettings: SessionSettings = {
  authority: 'provider',
  gate: 'off',
  gateTailMs: 250,
  callMsMax: 3_600_000,
  costUsdMicrosMax: null,
  silencePromptMs: 15_000,
  silenceGoodbyeMs: 15_000,
  textIdleMsMax: 1_800_000,
  replyMsMax: 8_000,
  replyQueueMsMax: 300_000,
  reconnectAttemptsMax: 5,
  reconnectDelayMsMin: 250,
  reconnectDelayMsMax: 4_000,
  toolCallsPerTurnMax: 8,
  toolCallsPerCallMax: 100,
  toolFillerAfterMs: 1_500,
  closingMsMax: 10_000,
  briefingMsMax: 90_000,
};
