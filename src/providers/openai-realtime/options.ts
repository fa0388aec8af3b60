import type { ProviderName } from '../provider.ts';

/** US dollars per million tokens, which is the same number as millionths of a dollar per token. */
export interface TokenPrices {
  readonly inputText: number;
  readonly inputAudio: number;
  readonly cachedText: number;
  readonly cachedAudio: number;
  readonly outputText: number;
  readonly outputAudio: number;
}

/** How long a link waits for what. */
export interface LinkTiming {
  /** From `open` to an open socket. */
  readonly connectMsMax: number;
  /** From an open socket to the acknowledged setup. */
  readonly setupMsMax: number;
  readonly pingEveryMs: number;
  /** Without an answer to a ping for so long, the link is dead. */
  readonly pongMsMax: number;
  /** We end our sessions after this, whatever the vendor allows; `null`: only at its own limit. */
  readonly sessionMsMax: number | null;
  /** `ending-soon` comes so long before the end. */
  readonly rollOverBeforeMs: number;
}

/** The vendor ends a session after 60 minutes; two minutes leave time to find a quiet moment. */
export const defaultTiming: LinkTiming = {
  connectMsMax: 10_000,
  setupMsMax: 5_000,
  pingEveryMs: 15_000,
  pongMsMax: 20_000,
  sessionMsMax: 60 * 60_000,
  rollOverBeforeMs: 2 * 60_000,
};

export type WireChoice = 'pcm24' | 'pcmu' | 'pcma' | 'auto';

/** Where the model is and how we speak with it. One value a provider, frozen. */
export interface OpenaiRealtimeOptions {
  readonly name: ProviderName;
  /** Component of the log, such as `providers.openai`. */
  readonly logComponent: string;
  /** Without the model: `wss://api.openai.com/v1/realtime`. */
  readonly url: string;
  readonly model: string;
  /** For personas that name none. The vendor's own default has changed before. */
  readonly voice: string;
  readonly apiKey: string | null;
  readonly needsApiKey: boolean;
  readonly organization: string | null;
  readonly project: string | null;
  /** Whoever stands behind the calls; sent as a SHA-256 only. */
  readonly safetyIdentifier: string | null;
  readonly wire: WireChoice;
  /** `null`: the caller's words are not written down. */
  readonly transcriptionModel: string | null;
  readonly noiseReduction: 'near_field' | 'far_field' | null;
  /** What callers speak, for personas that name no language; ISO 639-1. `null`: unknown. */
  readonly language: string | null;
  /** The vendor itself asks a silent caller after this (server_vad only). `null`: it does not. */
  readonly idleTimeoutMs: number | null;
  /** `null`: the vendor decides. */
  readonly reasoningEffort: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | null;
  /** The longest reply, tool calls included. `null`: no limit but the model's own. */
  readonly maxOutputTokens: number | null;
  /** Share of the context kept when it overflows: cuts rarely, so that the cached prefix stays. */
  readonly retentionRatio: number | null;
  /** The persona goes by its key in `session.prompt` (our own brain understands it). */
  readonly sendsPrompt: boolean;
  readonly prices: TokenPrices | null;
  readonly timing: LinkTiming;
}
