import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTimeline } from './call-timeline.ts';

/** Samples at 8 kHz with a tone in each of the given stretches of milliseconds. */
function side(
  durationMs: number,
  ...stretches: readonly (readonly [number, number])[]
): Int16Array {
  return Int16Array.from({ length: durationMs * 8 }, (_, at) => {
    const isSound = stretches.some(([startMs, endMs]) => at >= startMs * 8 && at < endMs * 8);
    return isSound ? 3_000 * Math.sin(at) : 0;
  });
}

const timelineOf = (caller: Int16Array, agent: Int16Array) =>
  callTimeline({ rateHz: 8000, caller, agent });

test('[B6] an answer is measured from the last sound of the caller to the first of it', () => {
  const caller = side(6_000, [1_000, 2_000]);
  const timeline = timelineOf(caller, side(6_000, [0, 600], [2_740, 4_000]));
  assert.deepEqual(timeline, {
    durationMs: 6_000,
    caller: [{ startMs: 1_000, endMs: 2_000 }],
    agent: [
      { startMs: 0, endMs: 600 },
      { startMs: 2_740, endMs: 4_000 },
    ],
    turns: [
      { caller: { startMs: 1_000, endMs: 2_000 }, agentStoppedAfterMs: null, responseMs: 740 },
    ],
  });
});

test('[V10] an interruption shows how long the agent went on and what it answered', () => {
  const caller = side(8_000, [3_000, 4_000]);
  const { turns } = timelineOf(caller, side(8_000, [1_000, 3_260], [4_500, 6_000]));
  assert.equal(turns[0]?.agentStoppedAfterMs, 260);
  assert.equal(turns[0]?.responseMs, 500);
});

test('an agent that cuts in answers before the end, a silent one not at all', () => {
  const caller = side(6_000, [1_000, 2_000], [4_000, 5_000]);
  const { turns } = timelineOf(caller, side(6_000, [1_600, 3_000]));
  assert.deepEqual(
    turns.map(({ responseMs }) => responseMs),
    [-400, null],
  );
});

test('pauses between words do not end a stretch and clicks do not make one', () => {
  const { caller } = timelineOf(
    side(4_000, [500, 900], [1_300, 1_800], [3_500, 3_510]),
    side(4_000),
  );
  assert.deepEqual(caller, [{ startMs: 500, endMs: 1_800 }]);
});

test('a call without a sound has no turns', () => {
  assert.deepEqual(timelineOf(new Int16Array(0), new Int16Array(0)).turns, []);
});
