import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createConverterFactory } from '../audio/converter.ts';
import { mulaw8k, pcm } from '../audio/format.ts';
import { rmsDbfs } from '../audio/level.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import { recordings } from './recordings.ts';

const directory = join(import.meta.dirname, '../../prompts');
const resamplers = createResamplerFactory();
const prompts = recordings(directory, createConverterFactory(resamplers));

test('[V12] a prompt is to be had in the format of any line, of one length and one level', () => {
  const seconds = (readFileSync(join(directory, 'apology.wav')).length - 58) / 8_000;
  for (const format of [mulaw8k, pcm(8000), pcm(24_000), pcm(48_000)]) {
    const audio = prompts.audio('apology', format);
    assert.ok(audio !== null);
    const samples = audio.length / (format.encoding === 'mulaw' ? 1 : 2);
    assert.ok(Math.abs(samples / format.rateHz - seconds) < 0.02, `${samples} at ${format.rateHz}`);
    const levelDbfs = rmsDbfs(audio, 0, audio.length, format.encoding);
    assert.ok(Math.abs(levelDbfs + 20) < 0.3, `${levelDbfs} dBFS`);
  }
});

test('µ-law comes out as it stands in the file, and once', () => {
  const file = readFileSync(join(directory, 'hold.wav'));
  const audio = prompts.audio('hold', mulaw8k);
  assert.ok(audio !== null && file.includes(Buffer.from(audio)));
  assert.equal(prompts.audio('hold', mulaw8k), audio);
  assert.equal(resamplers.openCount, 0);
});

test('a name that is not there, or points elsewhere, has no recording', () => {
  assert.equal(prompts.audio('no-such-prompt', mulaw8k), null);
  assert.equal(prompts.audio('../prompts/hold', mulaw8k), null);
});
