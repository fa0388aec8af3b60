import type { Usage as WireUsage } from '../../realtime-server/wire.ts';
import type { Usage } from '../provider.ts';
import type { TokenPrices } from './options.ts';

/**
 * The vendor's count of a response as ours. Cached tokens are a part of the input: only the rest
 * costs the full price. Where the server does not split a sum, it is taken for text.
 */
export function usageOf(wire: WireUsage, prices: TokenPrices | null): Usage {
  const input = wire.input_token_details;
  const inputAudioTokens = input?.audio_tokens ?? 0;
  const inputTextTokens = input?.text_tokens ?? (wire.input_tokens ?? 0) - inputAudioTokens;
  const cached = input?.cached_tokens_details;
  const cachedTokens = input?.cached_tokens ?? 0;
  // Never more than there were: what is left of a sum that is not split was audio.
  const cachedTextTokens =
    cached?.text_tokens ?? Math.min(cachedTokens - (cached?.audio_tokens ?? 0), inputTextTokens);
  const cachedAudioTokens =
    cached?.audio_tokens ?? Math.min(cachedTokens - cachedTextTokens, inputAudioTokens);
  const outputAudioTokens = wire.output_token_details?.audio_tokens ?? 0;
  const outputTextTokens =
    wire.output_token_details?.text_tokens ?? (wire.output_tokens ?? 0) - outputAudioTokens;
  const tokens = {
    inputTextTokens,
    inputAudioTokens,
    cachedTextTokens,
    cachedAudioTokens,
    outputTextTokens,
    outputAudioTokens,
  };
  return { ...tokens, costUsdMicros: prices === null ? null : costUsdMicros(tokens, prices) };
}

function costUsdMicros(tokens: Omit<Usage, 'costUsdMicros'>, prices: TokenPrices): number {
  return Math.round(
    (tokens.inputTextTokens - tokens.cachedTextTokens) * prices.inputText +
      (tokens.inputAudioTokens - tokens.cachedAudioTokens) * prices.inputAudio +
      tokens.cachedTextTokens * prices.cachedText +
      tokens.cachedAudioTokens * prices.cachedAudio +
      tokens.outputTextTokens * prices.outputText +
      tokens.outputAudioTokens * prices.outputAudio,
  );
}
