import type { Trust } from '../runtime/trust.ts';

/** Who answers. Frozen for a call when it starts. */
export interface Persona {
  readonly key: string;
  readonly instructions: string;
  /** What it says first, word for word; `null`: it waits for the caller. */
  readonly greeting: string | null;
  /** With a provider that `voices` does not name. */
  readonly voice: string | null;
  readonly language: string | null;
  /** Names of tools it may be offered. */
  readonly tools: readonly string[];
  /** Keys of the personas it may hand the call over to. */
  readonly handoffs?: readonly string[];
  /** Callers below this get the refusal of the runner, never this persona. */
  readonly minTrust: Trust;
  /** A provider chosen for this persona; unset means the default. */
  readonly provider?: string;
  /** By the provider's name. */
  readonly voices?: Readonly<Record<string, string>>;
  /** Where its calls differ from others. */
  readonly limits?: PersonaLimits;
}

export interface PersonaLimits {
  readonly callMsMax?: number;
  readonly silencePromptMs?: number;
  readonly toolCallsPerTurnMax?: number;
  readonly toolCallsPerCallMax?: number;
}

export interface Personas {
  readonly keys: readonly string[];
  /** The persona of that key, or the default one when `key` is unset; `undefined` if unknown. */
  find(key: string | undefined): Persona | undefined;
}
