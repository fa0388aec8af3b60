import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readWav } from '../src/audio/wav.ts';
import { promptsSchema } from './build-prompts.ts';

const folder = join(import.meta.dirname, '../prompts');
const prompts = promptsSchema.parse(parse(readFileSync(join(folder, 'prompts.yaml'), 'utf8')));
const bytesOf = (name: string) => statSync(join(folder, `${name}.wav`)).size;

test('[V12] every prompt has its words and its recording, and no recording lacks its words', () => {
  const recorded = readdirSync(folder).filter((name) => name.endsWith('.wav'));
  assert.deepEqual(
    recorded.sort(),
    Object.keys(prompts)
      .map((name) => `${name}.wav`)
      .sort(),
  );
});

test('[V12] prompts are telephone audio, begin at once, are neither faint nor clipped', () => {
  for (const name of Object.keys(prompts)) {
    const { format, samples } = readWav(readFileSync(join(folder, `${name}.wav`)));
    assert.equal(format.encoding, 'mulaw', name);
    assert.equal(format.rateHz, 8000, name);
    const magnitudes = Array.from(samples[0] ?? [], Math.abs);
    assert.ok(
      magnitudes.slice(0, 800).some((magnitude) => magnitude > 100),
      `${name} starts`,
    );
    const peak = Math.max(...magnitudes);
    assert.ok(peak > 8_000 && peak < 32_000, `${name} has a peak of ${peak}`);
  }
});

test('the scripted voice with apology and hold is small enough to be checked in', () => {
  const names = ['demo-1', 'demo-2', 'demo-3', 'apology', 'hold'];
  assert.ok(names.reduce((bytes, name) => bytes + bytesOf(name), 0) <= 200_000);
});
