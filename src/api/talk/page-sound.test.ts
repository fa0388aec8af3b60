import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPageFile } from './page-files.ts';

/** The page is plain JavaScript: what it gives is said here. */
interface JitterBuffer {
  readonly queuedSamples: number;
  push(frame: Int16Array): void;
  pull(target: Float32Array): void;
  clear(): void;
}
interface Resampler {
  push(samples: Float32Array): Float32Array;
}
function page(name: string) {
  assert.ok(isPageFile(name), `${name} is served`);
  return import(new URL(`page/${name}`, import.meta.url).href);
}
const { JitterBuffer }: { JitterBuffer: new (options: object) => JitterBuffer } =
  await page('jitter-buffer.js');
const { Resampler }: { Resampler: new (fromHz: number, toHz: number) => Resampler } =
  await page('resampler.js');

const options = { rateHz: 24_000, targetMs: 60, limitMs: 160 };
const frameSamples = 480;
const loud = (value: number) => new Int16Array(frameSamples).fill(value);

function pulled(buffer: JitterBuffer, samples: number): number[] {
  const target = new Float32Array(samples);
  buffer.pull(target);
  return [...target].map((sample) => Math.round(sample * 32_768));
}

test('the speaker begins when enough has come, and plays all of it in order', () => {
  const buffer = new JitterBuffer(options);
  buffer.push(loud(1_000));
  buffer.push(loud(2_000));
  assert.deepEqual(new Set(pulled(buffer, 128)), new Set([0]));
  buffer.push(loud(3_000));
  const played = pulled(buffer, 3 * frameSamples + 100);
  assert.deepEqual([...new Set(played)], [1_000, 2_000, 3_000, 0]);
  buffer.push(loud(4_000));
  assert.deepEqual(new Set(pulled(buffer, 128)), new Set([0]), 'it waits again after running dry');
});

test('no more waits than the page has told the gateway, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 1_000 }))), (steps) => {
      const buffer = new JitterBuffer(options);
      for (const [isQuiet, samples] of steps) {
        buffer.push(loud(isQuiet ? 0 : 5_000));
        assert.ok(buffer.queuedSamples <= 160 * 24);
        pulled(buffer, samples);
        assert.ok(buffer.queuedSamples >= 0);
      }
    }),
  );
});

test('silence that comes too early is left out, speech is not', () => {
  const buffer = new JitterBuffer(options);
  for (let count = 0; count < 20; count += 1) buffer.push(loud(0));
  assert.equal(buffer.queuedSamples, 4 * frameSamples);
  buffer.push(loud(9_000));
  assert.equal(buffer.queuedSamples, 5 * frameSamples);
  buffer.clear();
  assert.equal(buffer.queuedSamples, 0);
});

const second = (rateHz: number, hz: number) =>
  Float32Array.from({ length: rateHz }, (_, at) => Math.sin((2 * Math.PI * hz * at) / rateHz));

/** What is left of a tone, and what came out in all. */
function resampled(fromHz: number, hz: number): { readonly peak: number; readonly length: number } {
  const resampler = new Resampler(fromHz, 24_000);
  const tone = second(fromHz, hz);
  const made: number[] = [];
  for (let at = 0; at < tone.length; at += 128) {
    made.push(...resampler.push(tone.subarray(at, at + 128)));
  }
  const steady = made.slice(2_000, -2_000);
  return { peak: Math.max(...steady.map(Math.abs)), length: made.length };
}

for (const fromHz of [16_000, 44_100, 48_000, 96_000]) {
  test(`a microphone of ${fromHz} Hz keeps its time and its tones`, () => {
    const { length, peak } = resampled(fromHz, 1_000);
    assert.ok(Math.abs(length - 24_000) < 100, `${length} samples`);
    assert.ok(Math.abs(peak - 1) < 0.01, `peak ${peak}`);
  });
}

for (const fromHz of [44_100, 48_000]) {
  test(`what 24 kHz cannot carry does not come back as noise from ${fromHz} Hz`, () => {
    assert.ok(resampled(fromHz, 14_000).peak < 0.001);
  });
}
