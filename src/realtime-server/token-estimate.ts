import type { ConversationItem, ListedItem } from './item-list.ts';
import type { Usage } from './wire.ts';

/** About four characters of English are one token (vendor's rule of thumb). */
const charactersPerToken = 4;
/** Caller audio is one token per 100 ms, agent audio one per 50 ms (vendor's cost guide). */
const callerMsPerToken = 100;
const agentMsPerToken = 50;

/** Tokens by kind. Estimates: the emulator has no tokenizer, but sums and growth are plausible. */
export interface Tokens {
  readonly text: number;
  readonly audio: number;
}

export const textTokens = (text: string): number => Math.ceil(text.length / charactersPerToken);
export const agentAudioTokens = (ms: number): number => Math.ceil(ms / agentMsPerToken);
export const callerAudioTokens = (ms: number): number => Math.ceil(ms / callerMsPerToken);

function textOf(item: ConversationItem): string {
  if (item.type === 'function_call') return item.name + item.arguments;
  if (item.type === 'function_call_output') return item.output;
  return item.content.map((part) => part.text ?? '').join('');
}

/** What reading `listed` costs. Audio counts as audio, its transcript not again. */
export function itemTokens(listed: ListedItem): Tokens {
  const { item, audio } = listed;
  const isAgent = item.type === 'message' && item.role === 'assistant';
  const audioTokens = isAgent ? agentAudioTokens : callerAudioTokens;
  let sum = 0;
  for (const part of audio.values()) sum += audioTokens(part.lengthMs);
  return { text: textTokens(textOf(item)), audio: sum };
}

export function usageOf(read: Tokens, written: Tokens): Usage {
  const inputTokens = read.text + read.audio;
  const outputTokens = written.text + written.audio;
  return {
    total_tokens: inputTokens + outputTokens,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    input_token_details: {
      text_tokens: read.text,
      audio_tokens: read.audio,
      image_tokens: 0,
      cached_tokens: 0,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: written.text, audio_tokens: written.audio },
  };
}

/** A response that failed costs nothing. */
export const noUsage = usageOf({ text: 0, audio: 0 }, { text: 0, audio: 0 });
