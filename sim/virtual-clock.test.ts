import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from './virtual-clock.ts';

test('timers fire in the order of their due times, ties in the order of setting', () => {
  const delays = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 300 });
  fc.assert(
    fc.property(delays, fc.array(fc.nat(299), { maxLength: 250 }), (delaysMs, cancelled) => {
      const clock = new VirtualClock();
      const fired: { dueMs: number; index: number }[] = [];
      const timers = delaysMs.map((dueMs, index) =>
        clock.setTimer(dueMs, () => {
          assert.equal(clock.now, dueMs);
          fired.push({ dueMs, index });
        }),
      );
      for (const index of cancelled) timers[index]?.cancel();
      const expected = delaysMs
        .map((dueMs, index) => ({ dueMs, index }))
        .filter(({ index }) => !cancelled.includes(index))
        .sort((left, right) => left.dueMs - right.dueMs || left.index - right.index);
      assert.equal(clock.pendingCount, expected.length);
      assert.equal(clock.runUntil(20), expected.length);
      assert.deepEqual(fired, expected);
      assert.equal(clock.pendingCount, 0);
    }),
  );
});

test('time stops exactly where it was told to, and a later timer waits', () => {
  const clock = new VirtualClock();
  const firedAtMs: number[] = [];
  clock.setTimer(10, () => {
    clock.setTimer(5, () => firedAtMs.push(clock.monotonicMs()));
  });
  assert.equal(clock.advance(14.5), 1);
  assert.equal(clock.now, 14.5);
  assert.deepEqual(firedAtMs, []);
  assert.equal(clock.advance(1), 1);
  assert.deepEqual(firedAtMs, [15]);
});

test('a timer never fires from inside setTimer, and can be cancelled twice or after firing', () => {
  const clock = new VirtualClock();
  let firedCount = 0;
  const timer = clock.setTimer(-3, () => {
    firedCount += 1;
  });
  assert.equal(firedCount, 0);
  clock.advance(0);
  assert.equal(firedCount, 1);
  timer.cancel();
  timer.cancel();
  assert.equal(clock.pendingCount, 0);
});

test('a paused process finds its timers late, in order, at the time it wakes', () => {
  const clock = new VirtualClock();
  const fired: [string, number][] = [];
  clock.setTimer(20, () => fired.push(['second', clock.now]));
  clock.setTimer(10, () => fired.push(['first', clock.now]));
  clock.jump(2000);
  assert.deepEqual(fired, []);
  clock.advance(0);
  assert.deepEqual(fired, [
    ['first', 2000],
    ['second', 2000],
  ]);
});

test('the clock for people steps without moving the monotonic one', () => {
  const clock = new VirtualClock();
  const beforeMs = clock.epochMs();
  clock.stepEpoch(-1200);
  clock.advance(200);
  assert.equal(clock.epochMs() - beforeMs, -1000);
  assert.equal(clock.monotonicMs(), 200);
});

test('runAll is bounded, and a timer that sets itself for now is found out', () => {
  const clock = new VirtualClock();
  const again = (): void => {
    clock.setTimer(0, again);
  };
  again();
  assert.equal(clock.runAll(50), 50);
  assert.throws(() => clock.advance(1), /timers stop being set at 0 ms/);
});
