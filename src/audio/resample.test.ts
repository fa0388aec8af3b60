import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../runtime/random.ts';
import type { RateHz } from './format.ts';
import { designRatePlan } from './rate-plan.ts';
import { createResamplerFactory, type Resampler } from './resample.ts';
import { sine, whiteNoise } from './tone.ts';
import { decibels, fitTone, rmsOf } from './tone-fit.ts';

const rates: readonly RateHz[] = [8000, 16000, 24000, 48000];
const pairs = rates.flatMap((from) =>
  rates.filter((to) => to !== from).map((to) => ({ from, to })),
);
const simd = createResamplerFactory();
const plain = createResamplerFactory({ kernel: 'plain' });

/**
 * All that comes out of `samples` put in by `chunks`, which repeat; default one frame at a time.
 */
function resampled(resampler: Resampler, samples: Int16Array, chunks?: readonly number[]) {
  const out: number[] = [];
  let at = 0;
  for (let turn = 0; at < samples.length; turn += 1) {
    const chunk = chunks?.[turn % chunks.length] ?? resampler.blockSamples;
    const taken = samples.subarray(at, at + chunk);
    resampler.source.samples.set(taken);
    out.push(...resampler.target.samples.subarray(0, resampler.run(taken.length)));
    at += taken.length;
  }
  return Int16Array.from(out);
}

/**
 * Zeros put between, filtered by the prototype, every `down`th kept: the definition, term by term.
 */
function directly(samples: Int16Array, from: RateHz, to: RateHz): Int16Array {
  const { up, down, prototype } = designRatePlan(from, to);
  const periods = Math.floor(samples.length / down);
  return Int16Array.from({ length: periods * up }, (_, index) => {
    const newest = index * down + down - 1;
    let sum = 0;
    for (const [tap, value] of prototype.entries()) {
      if ((newest - tap) % up === 0) sum += value * up * (samples[(newest - tap) / up] ?? 0);
    }
    return Math.round(Math.max(-32768, Math.min(32767, sum)));
  });
}

test('the SIMD kernel is what runs here', () => {
  assert.equal(simd.kernel, 'simd');
  assert.equal(plain.kernel, 'plain');
});

test('where WebAssembly has no SIMD, the plain kernel runs', (t) => {
  t.mock.method(Reflect.get(globalThis, 'WebAssembly'), 'validate', () => false);
  assert.equal(createResamplerFactory().kernel, 'plain');
});

test('20 ms in give 20 ms out for every pair of rates, from the first frame on', () => {
  for (const { from, to } of pairs) {
    for (const factory of [simd, plain]) {
      const resampler = factory.open(from, to);
      for (let frame = 0; frame < 3; frame += 1) assert.equal(resampler.run(from / 50), to / 50);
      resampler.close();
    }
  }
});

test('the plain kernel is the filter by its definition, sample for sample', () => {
  const noise = whiteNoise(seededRandom(1), 1200, 0.9);
  for (const { from, to } of pairs) {
    const resampler = plain.open(from, to);
    assert.deepEqual(resampled(resampler, noise), directly(noise, from, to), `${from} to ${to}`);
  }
});

test('the SIMD kernel is within one step of 16 bits of the plain one, at full scale', () => {
  const noise = whiteNoise(seededRandom(2), 20_000, 1);
  for (const { from, to } of pairs) {
    const left = resampled(simd.open(from, to), noise);
    const right = resampled(plain.open(from, to), noise);
    assert.equal(left.length, right.length);
    const worst = left.reduce((most, value, at) => Math.max(most, Math.abs(value - right[at]!)), 0);
    assert.ok(worst <= 1, `${from} to ${to} differs by ${worst}`);
  }
});

test('any chunking gives the same samples, bit for bit', () => {
  const chunkings = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1920 })), {
    minLength: 1,
    maxLength: 12,
  });
  const noise = whiteNoise(seededRandom(3), 5000, 1);
  for (const factory of [simd, plain]) {
    fc.assert(
      fc.property(fc.constantFrom(...pairs), chunkings, ({ from, to }, chunks) => {
        const whole = factory.open(from, to);
        const cut = factory.open(from, to);
        assert.deepEqual(resampled(cut, noise, chunks), resampled(whole, noise));
        whole.close();
        cut.close();
      }),
      { numRuns: 60, seed: 4 },
    );
  }
});

test('two streams side by side do not hear each other', () => {
  const noise = whiteNoise(seededRandom(5), 960, 1);
  const [left, right, alone] = [0, 1, 2].map(() => simd.open(24000, 8000));
  const mixed: number[] = [];
  for (let at = 0; at < noise.length; at += 96) {
    const chunk = noise.subarray(at, at + 96);
    mixed.push(...resampled(left!, chunk));
    resampled(
      right!,
      chunk.map((sample) => -sample),
    );
  }
  assert.deepEqual(Int16Array.from(mixed), resampled(alone!, noise));
});

test('a signal that the filter would lift over full scale saturates and never wraps', () => {
  const square = Int16Array.from({ length: 960 }, (_, at) => (at % 40 < 20 ? 32767 : -32768));
  for (const { from, to } of pairs) {
    const expected = directly(square, from, to);
    assert.ok(expected.includes(32767) && expected.includes(-32768), `${from} to ${to} overshoots`);
    for (const factory of [simd, plain]) {
      const out = resampled(factory.open(from, to), square);
      assert.ok(out.every((sample, at) => Math.abs(sample - expected[at]!) <= 1));
    }
  }
});

test('a flush brings out the last sound, and a second one nothing', () => {
  for (const { from, to } of pairs) {
    const resampler = simd.open(from, to);
    const length = from / 50;
    const click = new Int16Array(length);
    click[length - 1] = 30_000;
    resampled(resampler, click);
    const flushed = resampler.flush();
    assert.ok(flushed <= resampler.flushSamplesMax);
    assert.ok(flushed >= (resampler.delayMs / 1000) * to);
    const tail = resampler.target.samples.slice(0, flushed);
    const peak = tail.indexOf(Math.max(...tail));
    const expected = (resampler.delayMs / 1000 - 1 / from) * to;
    assert.ok(Math.abs(peak - expected) <= 1, `${from} to ${to}: ${peak} is not ${expected}`);
    assert.equal(resampler.flush(), 0);
  }
});

test('after a reset nothing of the past is heard', () => {
  for (const factory of [simd, plain]) {
    const resampler = factory.open(16000, 24000);
    const noise = whiteNoise(seededRandom(6), 481, 1);
    const fresh = resampled(resampler, noise);
    resampler.reset();
    assert.deepEqual(resampled(resampler, noise), fresh);
  }
});

test('memory of closed streams is used again, and growing keeps every stream whole', () => {
  const factory = createResamplerFactory();
  const noise = whiteNoise(seededRandom(7), 480, 1);
  const first = factory.open(8000, 24000);
  resampled(first, noise);
  const before = first.source.samples.buffer.byteLength;
  const many = Array.from({ length: 200 }, () => factory.open(8000, 24000));
  const grown = first.source.samples.buffer.byteLength;
  assert.ok(grown > before, 'two hundred streams need more than one page');
  const witness = plain.open(8000, 24000);
  resampled(witness, noise);
  const expected = resampled(witness, noise);
  const found = resampled(first, noise);
  assert.ok(found.every((sample, at) => Math.abs(sample - expected[at]!) <= 1));
  for (let round = 0; round < 50; round += 1) {
    for (const resampler of many.splice(0)) resampler.close();
    many.push(...Array.from({ length: 200 }, () => factory.open(8000, 24000)));
  }
  assert.equal(first.source.samples.buffer.byteLength, grown);
  assert.equal(factory.openCount, 201);
});

test('a stream given the memory of another starts in silence', () => {
  const factory = createResamplerFactory();
  const noise = whiteNoise(seededRandom(8), 480, 1);
  const first = factory.open(24000, 8000);
  const fresh = resampled(first, noise);
  first.close();
  first.close();
  assert.equal(factory.openCount, 0);
  assert.deepEqual(resampled(factory.open(24000, 8000), noise), fresh);
  assert.throws(() => first.run(1), /closed resampler/);
});

test('ten thousand streams fit, and the one too many is refused by code', () => {
  const factory = createResamplerFactory();
  const open: Resampler[] = [];
  const openAll = () => {
    for (;;) open.push(factory.open(48000, 8000));
  };
  assert.throws(openAll, { code: 'CALLS_AT_LIMIT' });
  assert.ok(open.length >= 10_000, `${open.length} streams`);
  assert.equal(factory.openCount, open.length);
  open[0]!.close();
  assert.equal(factory.open(48000, 8000).run(960), 160);
});

test('[V7] 24 to 8 kHz: the voice passes within 0.01 dB, what would fold is 80 dB down', () => {
  const gains: number[] = [];
  for (const hz of [300, 1004, 2000, 3000, 3400]) {
    const out = toneThrough(24000, 8000, hz);
    const fit = fitTone(out, 8000, hz);
    gains.push(decibels(fit.amplitude / 16384));
    assert.ok(fit.snrDb >= 86, `${hz} Hz has ${fit.snrDb} dB`);
  }
  assert.ok(Math.max(...gains) - Math.min(...gains) <= 0.01);
  for (const hz of [4200, 4600, 5000, 7900, 11_800]) {
    const rejectionDb = decibels(16384 / Math.SQRT2 / rmsOf(toneThrough(24000, 8000, hz)));
    assert.ok(rejectionDb >= 80, `${hz} Hz is only ${rejectionDb} dB down`);
  }
});

test('no conversion delays by more than 4.2 ms, and the delay is where it says', () => {
  for (const { from, to } of pairs) {
    const resampler = plain.open(from, to);
    assert.ok(resampler.delayMs <= 4.2);
    const click = new Int16Array(from / 25);
    click[120] = 20_000;
    const out = resampled(resampler, click);
    let energy = 0;
    let moment = 0;
    out.forEach((sample, at) => {
      energy += sample ** 2;
      moment += at * sample ** 2;
    });
    const foundMs = (moment / energy / to - 120 / from) * 1000;
    assert.ok(Math.abs(foundMs - resampler.delayMs) < 0.02, `${from} to ${to}: ${foundMs}`);
  }
});

/** Half a second of a tone at half scale, without the filter's beginning. */
function toneThrough(from: RateHz, to: RateHz, hz: number): Int16Array {
  const tone = sine({ rateHz: from, hz, sampleCount: from / 2, phase: 0.3 });
  return resampled(simd.open(from, to), tone).subarray(to / 10);
}
