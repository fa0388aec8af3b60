import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alaw8k, mulaw8k, pcm } from '../audio/format.ts';
import { energyScorer } from './energy-scorer.ts';
import { makeSound, readSound } from './script-sound.ts';
import { TurnDetector, type TurnEdge } from './turn-detection.ts';

const settings = { type: 'server_vad', threshold: 0.5, silence_duration_ms: 200 } as const;

/** Edges and the byte at which each was heard, for audio in pieces of `sizes` (repeated). */
function edgesOf(bytes: Uint8Array, sizes: readonly number[]): [TurnEdge['is'], number][] {
  const detector = new TurnDetector(settings, pcm(24000), energyScorer(pcm(24000)));
  const edges: [TurnEdge['is'], number][] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    let piece = bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1));
    while (piece.length > 0) {
      const { edge, takenBytes } = detector.push(piece);
      at += takenBytes;
      piece = piece.subarray(takenBytes);
      if (edge !== null) edges.push([edge.is, at]);
    }
  }
  return edges;
}

function speech(): Uint8Array {
  const tone = makeSound({ kind: 'tone', hz: 440, ms: 300 }, '', pcm(24000), () => null);
  const silence = new Uint8Array(48 * 500);
  return Buffer.concat([silence, readSound(tone, 0, tone.lengthBytes), silence]);
}

test('speech begins after 60 ms of it and ends after the configured silence', () => {
  assert.deepEqual(edgesOf(speech(), [960]), [
    ['speech-start', 560 * 48],
    ['speech-end', 1_000 * 48],
  ]);
});

/** A detector at its default silence, and a way to let it hear frames of speech or of silence. */
function listener() {
  let score = 0;
  const scorer = { score: () => score, confirmMs: 100 };
  const detector = new TurnDetector({ type: 'server_vad' }, pcm(24000), scorer);
  /** Edges with how long into these `ms` they were heard. */
  const hear = (sound: 'speech' | 'silence', ms: number): [TurnEdge['is'], number][] => {
    score = sound === 'speech' ? 1 : 0;
    const edges: [TurnEdge['is'], number][] = [];
    for (let atMs = 20; atMs <= ms; atMs += 20) {
      const { edge } = detector.push(new Uint8Array(960));
      if (edge !== null) edges.push([edge.is, atMs]);
    }
    return edges;
  };
  return { detector, hear };
}

test('a scorer may want speech for longer before a turn begins', () => {
  const { hear } = listener();
  assert.deepEqual(hear('speech', 80), []);
  assert.deepEqual(hear('silence', 20), []);
  assert.deepEqual(hear('speech', 200), [['speech-start', 100]]);
});

test('once speech goes on, a score may fall by the hysteresis of its scorer', () => {
  let score = 0.6;
  const detector = new TurnDetector(settings, pcm(24000), {
    score: () => score,
    hysteresis: 0.15,
  });
  const edgesIn = (frames: number) =>
    Array.from({ length: frames }, () => detector.push(new Uint8Array(960)).edge?.is ?? null);
  assert.equal(edgesIn(3).at(-1), 'speech-start');
  score = 0.4;
  assert.ok(edgesIn(50).every((edge) => edge === null));
  score = 0.3;
  assert.equal(edgesIn(10).at(-1), 'speech-end');
});

test('silence that a slow scorer has taken for speech counts', () => {
  let score = 1;
  const scorer = { score: () => score, confirmMs: 60, releaseMs: 100 };
  const detector = new TurnDetector({ type: 'server_vad' }, pcm(24000), scorer);
  const edgesIn = (frames: number) =>
    Array.from({ length: frames }, () => detector.push(new Uint8Array(960)).edge?.is ?? null);
  assert.equal(edgesIn(3).at(-1), 'speech-start');
  score = 0;
  assert.ok(
    edgesIn(19).every((edge) => edge === null),
    'of 500 ms 480 have passed',
  );
  score = 1;
  assert.equal(edgesIn(1).at(-1), null, 'the caller goes on');
  score = 0;
  assert.deepEqual(edgesIn(20).lastIndexOf('speech-end'), 19);
});

test('the silence that ends a turn can be changed for it, also once it has begun', () => {
  const { detector, hear } = listener();
  hear('speech', 200);
  detector.endAfter(900);
  assert.deepEqual(hear('silence', 800), []);
  detector.endAfter(300);
  assert.deepEqual(hear('silence', 100), [['speech-end', 20]]);
  hear('speech', 200);
  assert.deepEqual(hear('silence', 600), [['speech-end', 500]], 'the next turn is as configured');
});

test('who was cut off is heard again after a pause of 200 ms', () => {
  const { detector, hear } = listener();
  hear('speech', 200);
  detector.cutOff();
  assert.deepEqual(hear('speech', 5_000), []);
  assert.deepEqual(hear('silence', 180), []);
  assert.deepEqual(hear('speech', 1_000), [], 'too short a pause');
  assert.deepEqual(hear('silence', 200), []);
  assert.deepEqual(hear('speech', 200), [['speech-start', 100]]);
});

test('edges do not depend on how the audio is cut', () => {
  const bytes = speech();
  const whole = edgesOf(bytes, [bytes.length]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }), (sizes) => {
      assert.deepEqual(edgesOf(bytes, sizes), whole);
    }),
    { numRuns: 50 },
  );
});

test('energy scores the same in every encoding: 0.5 is -40 dBFS', () => {
  for (const format of [pcm(24000), mulaw8k, alaw8k]) {
    const tone = makeSound({ kind: 'tone', hz: 400, ms: 20 }, '', format, () => null);
    const score = energyScorer(format).score(readSound(tone, 0, tone.lengthBytes));
    // A sine of a quarter of full scale has -15 dBFS.
    assert.equal(score, 1);
    const silence = makeSound({ kind: 'silence', ms: 20 }, '', format, () => null);
    assert.equal(energyScorer(format).score(readSound(silence, 0, silence.lengthBytes)), 0);
  }
  const faint = Buffer.alloc(960);
  for (let at = 0; at < faint.length; at += 2) faint.writeInt16LE(at % 4 === 0 ? 328 : -328, at);
  assert.ok(Math.abs(energyScorer(pcm(24000)).score(faint) - 0.5) < 0.01);
});
