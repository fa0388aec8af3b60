import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AudioFormat,
  alaw8k,
  bytesPerMs,
  mulaw8k,
  pcm,
  silenceByte,
} from '../../audio/format.ts';
import { fakeSpeech } from '../testing/fake-synthesizer.ts';
import { withoutLeadIn } from './lead-in.ts';

function silence(ms: number, format: AudioFormat): Uint8Array {
  return new Uint8Array(ms * bytesPerMs(format)).fill(silenceByte(format.encoding));
}

test('a reply begins with its sound, whatever the format', () => {
  for (const format of [pcm(8_000), pcm(24_000), mulaw8k, alaw8k]) {
    const speech = fakeSpeech('Good day.', format);
    const slow = Buffer.concat([silence(230, format), speech]);
    const prompt = withoutLeadIn(slow, format);
    assert.equal(prompt.length, speech.length + 20 * bytesPerMs(format), format.encoding);
    assert.deepEqual(Buffer.from(prompt.subarray(-speech.length)), Buffer.from(speech));
    assert.deepEqual(withoutLeadIn(speech, format), speech);
  }
});

test('what is silent throughout stays as long as it is', () => {
  for (const ms of [0, 5, 300]) {
    assert.equal(withoutLeadIn(silence(ms, mulaw8k), mulaw8k).length, ms * 8);
  }
});
