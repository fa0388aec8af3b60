import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenPrices } from './options.ts';
import { usageOf } from './usage.ts';

const prices: TokenPrices = {
  inputText: 4,
  inputAudio: 32,
  cachedText: 0.4,
  cachedAudio: 0.4,
  outputText: 16,
  outputAudio: 64,
};

test('cached tokens are a part of the input and are charged once', () => {
  const usage = usageOf(
    {
      input_token_details: {
        text_tokens: 100,
        audio_tokens: 50,
        cached_tokens: 70,
        cached_tokens_details: { text_tokens: 60, audio_tokens: 10 },
      },
      output_token_details: { text_tokens: 5, audio_tokens: 20 },
    },
    prices,
  );
  const costUsdMicros = 40 * 4 + 40 * 32 + 60 * 0.4 + 10 * 0.4 + 5 * 16 + 20 * 64;
  assert.deepEqual(usage, {
    inputTextTokens: 100,
    inputAudioTokens: 50,
    cachedTextTokens: 60,
    cachedAudioTokens: 10,
    outputTextTokens: 5,
    outputAudioTokens: 20,
    costUsdMicros,
  });
});

test('[V13] a cached sum that is not split never makes a reply cheaper than free', () => {
  const usage = usageOf(
    { input_token_details: { text_tokens: 20, audio_tokens: 50, cached_tokens: 60 } },
    prices,
  );
  assert.deepEqual([usage.cachedTextTokens, usage.cachedAudioTokens], [20, 40]);
  assert.equal(usage.costUsdMicros, Math.round(10 * 32 + 60 * 0.4));
});

test('sums that are not split count as text, and without a price there is no cost', () => {
  const usage = usageOf({ input_tokens: 7, output_tokens: 3 }, null);
  assert.equal(usage.inputTextTokens, 7);
  assert.equal(usage.outputTextTokens, 3);
  assert.equal(usage.cachedTextTokens, 0);
  assert.equal(usage.costUsdMicros, null);
});
