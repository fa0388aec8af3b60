import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { PacingWheel } from './wheel.ts';

function wheelOn(clock: VirtualClock) {
  const skipped: number[] = [];
  return { wheel: new PacingWheel(clock, (skippedMs) => skipped.push(skippedMs)), skipped };
}

test('[V2] each member ticks once per 20 ms, on absolute deadlines', () => {
  const clock = new VirtualClock();
  const { wheel } = wheelOn(clock);
  const dueMs: number[] = [];
  wheel.join((due) => dueMs.push(due));
  clock.advance(60_000);
  assert.equal(dueMs.length, 3_000);
  assert.ok(dueMs.every((due, index) => index === 0 || due - dueMs[index - 1]! === 20));
});

test('[V2] after a short stall the late ticks come together and none is lost', () => {
  const clock = new VirtualClock();
  const { wheel, skipped } = wheelOn(clock);
  let ticks = 0;
  wheel.join(() => {
    ticks += 1;
  });
  clock.advance(200);
  const before = ticks;
  clock.jump(55);
  clock.advance(0);
  assert.equal(ticks - before, 2);
  clock.advance(145);
  assert.equal(ticks, 20);
  assert.deepEqual(skipped, []);
});

test('[V2] after a long stall at most three ticks come together', () => {
  const clock = new VirtualClock();
  const { wheel, skipped } = wheelOn(clock);
  let ticks = 0;
  wheel.join(() => {
    ticks += 1;
  });
  clock.advance(1_000);
  const before = ticks;
  clock.jump(2_000);
  clock.advance(0);
  assert.ok(ticks - before <= 4, `${ticks - before} ticks at once`);
  assert.ok(skipped.reduce((sum, ms) => sum + ms, 0) > 1_900);
  const resumed = ticks;
  clock.advance(1_000);
  assert.equal(ticks - resumed, 50);
});

test('a thousand members are spread over the slots and each ticks fifty times a second', () => {
  const clock = new VirtualClock();
  const { wheel } = wheelOn(clock);
  const ticks = new Array<number>(1_000).fill(0);
  const busiest = new Map<number, number>();
  for (let index = 0; index < ticks.length; index += 1) {
    wheel.join(() => {
      ticks[index]! += 1;
      busiest.set(clock.now, (busiest.get(clock.now) ?? 0) + 1);
    });
  }
  clock.advance(1_000);
  assert.ok(ticks.every((count) => count === 50));
  assert.equal(Math.max(...busiest.values()), 50);
});

test('few members share few slots, so that there are few wake-ups', () => {
  const clock = new VirtualClock();
  const { wheel } = wheelOn(clock);
  const busyAtMs = new Set<number>();
  const members = Array.from({ length: 25 }, () => wheel.join(() => busyAtMs.add(clock.now)));
  clock.advance(1_000);
  assert.equal(busyAtMs.size, 4 * 50);
  for (const member of members.slice(1)) member.leave();
  busyAtMs.clear();
  clock.advance(1_000);
  assert.equal(busyAtMs.size, 50);
});

test('a wheel with more work than time still lets everything else run', () => {
  const clock = new VirtualClock();
  const { wheel, skipped } = wheelOn(clock);
  for (let index = 0; index < 20; index += 1) wheel.join(() => clock.jump(2));
  let turns = 0;
  clock.setTimer(100, () => {
    turns += 1;
  });
  clock.advance(2_000);
  assert.equal(turns, 1);
  assert.ok(skipped.length > 0);
});

test('a member that leaves, even from inside a tick, is not called again', () => {
  const clock = new VirtualClock();
  const { wheel } = wheelOn(clock);
  let first = 0;
  let second = 0;
  const member = wheel.join(() => {
    first += 1;
    member.leave();
    member.leave();
  });
  wheel.join(() => {
    second += 1;
  });
  clock.advance(100);
  assert.equal(first, 1);
  assert.equal(second, 5);
  assert.equal(wheel.memberCount, 1);
});

test('an empty wheel holds no timer', () => {
  const clock = new VirtualClock();
  const { wheel } = wheelOn(clock);
  wheel.join(() => undefined).leave();
  assert.equal(clock.pendingCount, 0);
});
