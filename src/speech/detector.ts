/** Where the caller's speech begins and ends, judged by us and not by the provider. */
export type SpeechEdge = 'speech-start' | 'speech-end';

/**
 * Listens to one caller. Made for one audio format; keeps what it knows of the background noise.
 */
export interface SpeechDetector {
  /**
   * `length` bytes of caller audio from `offset`; not kept. `onEdge` is called from inside, before
   * it returns, when this audio confirms that speech began or ended.
   */
  push(bytes: Uint8Array, offset: number, length: number): void;
  /**
   * The RMS level of an agent frame as it is sent to the caller. A detector that is told can hold
   * caller audio against it: what comes back much softer is its echo.
   */
  agentLevel?(levelDbfs: number): void;
  /** Forgets that speech is going on, keeps the noise level. */
  reset(): void;
}
