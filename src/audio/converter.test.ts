import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Converter, createConverterFactory } from './converter.ts';
import { type AudioFormat, alaw8k, bytesPerSample, mulaw8k, pcm } from './format.ts';
import { alawOfMulaw, mulaw } from './g711.ts';
import { createResamplerFactory } from './resample.ts';
import { sine } from './tone.ts';
import { fitTone } from './tone-fit.ts';

const open = createConverterFactory(createResamplerFactory());
const formats: readonly AudioFormat[] = [
  mulaw8k,
  alaw8k,
  pcm(8000),
  pcm(16000),
  pcm(24000),
  pcm(48000),
];
const pairs = formats.flatMap((from) => formats.map((to) => ({ from, to })));
const name = ({ encoding, rateHz }: AudioFormat) => `${encoding} ${rateHz}`;

/** Bytes that use every value, also as halves of samples. */
const anyBytes = Uint8Array.from({ length: 4000 }, (_, at) => (at * 131 + (at >> 3)) & 0xff);

function converted(converter: Converter, source: Uint8Array, chunks: readonly number[]) {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let turn = 0; at < source.length; turn += 1) {
    const length = Math.min(chunks[turn % chunks.length]!, source.length - at);
    const target = new Uint8Array(converter.bytesMax(length) + 7);
    const written = converter.convert(source, at, length, target, 7);
    assert.ok(written <= converter.bytesMax(length));
    parts.push(target.subarray(7, 7 + written));
    at += length;
  }
  const target = new Uint8Array(converter.flushBytesMax);
  return Buffer.concat([...parts, target.subarray(0, converter.flush(target, 0))]);
}

const bytesOf = (samples: Int16Array) => new Uint8Array(samples.buffer);
const samplesOf = (bytes: Uint8Array) => new Int16Array(new Uint8Array(bytes).buffer);

test('[V7] the same format is a plain copy without delay', () => {
  for (const format of formats) {
    const converter = open(format, format);
    assert.equal(converter.delayMs, 0);
    assert.deepEqual(converted(converter, anyBytes, [333]), Buffer.from(anyBytes));
  }
});

test('[V7] 20 ms in give 20 ms out for every pair of formats', () => {
  for (const { from, to } of pairs) {
    const converter = open(from, to);
    const length = (from.rateHz / 50) * bytesPerSample(from);
    const target = new Uint8Array(converter.bytesMax(length));
    for (let frame = 0; frame < 3; frame += 1) {
      const written = converter.convert(anyBytes, frame, length, target, 0);
      assert.equal(written, (to.rateHz / 50) * bytesPerSample(to), `${name(from)}, ${name(to)}`);
    }
    converter.close();
  }
});

test('[V7] any chunking of the bytes gives the same bytes, samples split in two included', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...pairs),
      fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5000 })), { minLength: 1 }),
      ({ from, to }, chunks) => {
        const [whole, cut] = [open(from, to), open(from, to)];
        assert.deepEqual(converted(cut, anyBytes, chunks), converted(whole, anyBytes, [4000]));
        whole.close();
        cut.close();
      },
    ),
    { numRuns: 150, seed: 1 },
  );
});

test('many seconds at once are converted like frame after frame', () => {
  const long = bytesOf(sine({ rateHz: 24000, hz: 440, sampleCount: 96_000 }));
  const [whole, framed] = [open(pcm(24000), mulaw8k), open(pcm(24000), mulaw8k)];
  assert.deepEqual(converted(whole, long, [long.length]), converted(framed, long, [960]));
});

test('a byte carried over is not heard after a reset or a flush', () => {
  const converter = open(pcm(8000), mulaw8k);
  const target = new Uint8Array(4);
  assert.equal(converter.convert(anyBytes, 0, 1, target, 0), 0);
  converter.reset();
  const samples = bytesOf(Int16Array.of(1000, -1000));
  assert.equal(converter.convert(samples, 0, 4, target, 0), 2);
  assert.deepEqual(
    [...target.subarray(0, 2)],
    [1000, -1000].map((s) => mulaw.codeOf[s & 0xffff]),
  );
  assert.equal(converter.convert(anyBytes, 0, 1, target, 0), 0);
  assert.equal(converter.flush(target, 0), 0);
  assert.equal(converter.convert(samples, 0, 4, target, 0), 2);
});

test('[V7] µ-law becomes A-law by the table, at the same rate and without delay', () => {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  const converter = open(mulaw8k, alaw8k);
  assert.equal(converter.delayMs, 0);
  assert.deepEqual(converted(converter, codes, [100]), Buffer.from(alawOfMulaw));
});

test('a tone keeps its level and its purity from 8 to 24 and back to 8 kHz', () => {
  const tone = bytesOf(sine({ rateHz: 8000, hz: 3000, sampleCount: 8000 }));
  const up = converted(open(pcm(8000), pcm(24000)), tone, [320]);
  const down = samplesOf(converted(open(pcm(24000), pcm(8000)), up, [960]));
  const fit = fitTone(down.subarray(400, 7600), 8000, 3000);
  assert.ok(Math.abs(fit.amplitude / 16384 - 1) < 0.002);
  assert.ok(fit.snrDb >= 85, `${fit.snrDb} dB`);
});

test('a target without room is refused and nothing is written past its end', () => {
  const converter = open(mulaw8k, pcm(24000));
  assert.throws(() => converter.convert(anyBytes, 0, 160, new Uint8Array(959), 0), /room/);
});

test('a closed converter gives its resampler back', () => {
  const resamplers = createResamplerFactory();
  const factory = createConverterFactory(resamplers);
  const converter = factory(mulaw8k, pcm(24000));
  assert.equal(resamplers.openCount, 1);
  converter.close();
  converter.close();
  assert.equal(resamplers.openCount, 0);
});
