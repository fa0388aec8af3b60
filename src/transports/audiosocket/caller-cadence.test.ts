import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameBytes } from '../../audio/format.ts';
import { seededRandom } from '../../runtime/random.ts';
import { type ByteRateJudgement, CallerCadence } from './caller-cadence.ts';
import { type AudioSocketFormatName, audioSocketFormatNames, audioSocketFormats } from './wire.ts';

interface Flow {
  readonly sent: AudioSocketFormatName;
  readonly seconds: number;
  /** How fast the caller's clock runs against ours. */
  readonly driftPpm?: number;
  /** Delay of each frame on its way. */
  readonly jitterMs?: number;
  readonly hold?: { readonly atSecond: number; readonly forMs: number };
}

/** Frames of 20 ms as they arrive; gives all judgements. */
function flow(cadence: CallerCadence, options: Flow): ByteRateJudgement[] {
  const random = seededRandom(3);
  const judgements: ByteRateJudgement[] = [];
  const length = frameBytes(audioSocketFormats[options.sent]);
  const stepMs = 20 / (1 + (options.driftPpm ?? 0) / 1e6);
  let arrivedMs = 0;
  for (let index = 0; index < options.seconds * 50; index += 1) {
    const isAfterHold = options.hold && index * 20 >= options.hold.atSecond * 1000;
    const heldMs = isAfterHold ? options.hold.forMs : 0;
    const sentMs = 1000 + index * stepMs + heldMs;
    arrivedMs = Math.max(arrivedMs, sentMs + random.next() * (options.jitterMs ?? 0));
    const judgement = cadence.push(length, arrivedMs);
    if (judgement) judgements.push(judgement);
  }
  return judgements;
}

test('[V1] a codec that is not the configured one is named after one second', () => {
  for (const configured of audioSocketFormatNames) {
    for (const sent of audioSocketFormatNames) {
      const cadence = new CallerCadence(audioSocketFormats[configured]);
      const [judgement, ...more] = flow(cadence, { sent, seconds: 3, jitterMs: 30 });
      assert.ok(judgement && more.length === 0, 'judged once');
      assert.ok(judgement.likelyFormats.includes(sent), `${sent} is likely`);
      const isSameRate = judgement.likelyFormats.includes(configured);
      assert.equal(judgement.isAligned, isSameRate, `${configured} configured, ${sent} sent`);
    }
  }
});

test('a codec is not judged by hold or DTX: only audio that flows for a second counts', () => {
  const cadence = new CallerCadence(audioSocketFormats.slin);
  const hold = { atSecond: 0.8, forMs: 5000 };
  const [judgement] = flow(cadence, { sent: 'slin', seconds: 3, hold });
  assert.equal(judgement?.isAligned, true);
  const sparse = new CallerCadence(audioSocketFormats.slin);
  for (let atMs = 0; atMs < 60_000; atMs += 400) assert.equal(sparse.push(320, atMs), null);
});

test('the first frames of a bridged channel may come in a bunch', () => {
  const cadence = new CallerCadence(audioSocketFormats.slin);
  const bunchMs = 140;
  let judgement: ByteRateJudgement | null = null;
  for (let sentMs = 0; sentMs < 1200; sentMs += 20) {
    judgement ??= cadence.push(320, Math.max(sentMs, bunchMs));
  }
  assert.equal(judgement?.isAligned, true);
});

test('[V13] the drift of the two clocks is found within 5 ppm under 40 ms of jitter', () => {
  for (const driftPpm of [-100, -20, 0, 50, 200]) {
    const cadence = new CallerCadence(audioSocketFormats.slin);
    flow(cadence, { sent: 'slin', seconds: 300, driftPpm, jitterMs: 40 });
    const measured = cadence.driftPpm();
    assert.ok(measured !== null && Math.abs(measured - driftPpm) < 5, `${driftPpm}: ${measured}`);
  }
});

test('drift is not told of a short call, of a wrong codec, or across a hold', () => {
  const short = new CallerCadence(audioSocketFormats.slin);
  flow(short, { sent: 'slin', seconds: 25 });
  assert.equal(short.driftPpm(), null);
  const wrong = new CallerCadence(audioSocketFormats.slin);
  flow(wrong, { sent: 'ulaw', seconds: 60 });
  assert.equal(wrong.driftPpm(), null);
  const held = new CallerCadence(audioSocketFormats.slin);
  flow(held, { sent: 'slin', seconds: 90, hold: { atSecond: 40, forMs: 10_000 } });
  const measured = held.driftPpm();
  assert.ok(measured !== null && Math.abs(measured) < 5, `${measured}`);
});
