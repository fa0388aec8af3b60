/**
 * The clock that paces every call, at 1,000 calls: what it loses and how late it is, beside the
 * timers that are usually taken.
 */
import { frameMs } from '../src/audio/format.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';
import { PacingWheel } from '../src/session/wheel.ts';
import { type BenchOptions, percentile, Report, Times } from './bench.ts';

const members = 1000;
const longMs = 60_000;
const stalledMs = 20_000;
const peerMs = 6_000;
/** What a frame of a call costs without its sockets. */
const workMs = 0.004;
const stallMs = 5;
const stallEveryMs = 50;

interface Paced {
  readonly lostFrames: number;
  readonly dueFrames: number;
  /** Of each frame against the absolute schedule of its member. */
  readonly latenessMs: Float64Array;
}

/** Calls `onTick` of every member each 20 ms until the returned function is called. */
type StartPacer = (clock: Clock, onTicks: readonly (() => void)[]) => () => void;

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('pacing');
  const clock = systemClock();
  const times = await Times.begin(report, clock);

  const idle = await pace(clock, startWheel, longMs);
  const name = `wheel, ${members} calls`;
  report.atMost(`${name}, ${longMs / 1000} s: frames lost`, idle.lostFrames, '', 0);
  report.inform(`${name}: lateness p50`, percentile(idle.latenessMs, 50), 'ms');

  const stop = stallTheLoop(clock);
  const stalled = await pace(clock, startWheel, stalledMs);
  const under = `under ${stallMs} ms of other work each ${stallEveryMs} ms`;
  report.inform(`${name}, ${under}: frames lost`, stalled.lostFrames, '');
  const stalledInterval = await pace(clock, startIntervals, peerMs);
  stop();

  const peers: readonly (readonly [string, Paced])[] = [
    ['setInterval', await pace(clock, startIntervals, peerMs)],
    ['setTimeout, corrected for drift', await pace(clock, startCorrectedTimeouts, peerMs)],
    [`setInterval, ${under}`, stalledInterval],
  ];
  for (const [peer, { lostFrames, dueFrames, latenessMs }] of peers) {
    report.inform(`${peer}: frames lost`, (100 * lostFrames) / dueFrames, '%');
    report.inform(`${peer}: lateness p99`, percentile(latenessMs, 99), 'ms');
  }
  const p99 = (paced: Paced) => ({ value: percentile(paced.latenessMs, 99), unit: 'ms' });
  await times.judge([
    { name: `${name}: lateness p99`, ...p99(idle), most: 3 },
    { name: `${name}, ${under}: lateness p99`, ...p99(stalled), most: 12 },
  ]);
  return report.finish(options);
}

/**
 * Runs a pacer for `durationMs` and holds every frame against the schedule that the promptest frame
 * of its member sets.
 */
async function pace(clock: Clock, start: StartPacer, durationMs: number): Promise<Paced> {
  const framesMax = (durationMs / frameMs + 1) * members;
  const offsetMs = new Float64Array(framesMax);
  const memberOf = new Uint16Array(framesMax);
  const counts = new Uint32Array(members);
  const originsMs = new Float64Array(members).fill(Number.POSITIVE_INFINITY);
  let frames = 0;
  const tick = (member: number): void => {
    const nowMs = clock.monotonicMs();
    const count = counts[member]!;
    counts[member] = count + 1;
    if (frames < framesMax) {
      const offset = nowMs - count * frameMs;
      offsetMs[frames] = offset;
      memberOf[frames] = member;
      frames += 1;
      if (offset < originsMs[member]!) originsMs[member] = offset;
    }
    while (clock.monotonicMs() < nowMs + workMs);
  };
  const stop = start(
    clock,
    Array.from({ length: members }, (_, member) => () => tick(member)),
  );
  await new Promise<void>((resolve) => clock.setTimer(durationMs, resolve));
  const nowMs = clock.monotonicMs();
  stop();
  // The frame that has just become due may still come.
  const dueEach = [...originsMs].map((originMs) => Math.floor((nowMs - originMs) / frameMs));
  const lostEach = dueEach.map((due, member) => Math.max(0, due - counts[member]!));
  return {
    lostFrames: sum(lostEach),
    dueFrames: sum(dueEach),
    latenessMs: offsetMs
      .subarray(0, frames)
      .map((offset, frame) => offset - originsMs[memberOf[frame]!]!),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const startWheel: StartPacer = (clock, onTicks) => {
  const wheel = new PacingWheel(clock, () => undefined);
  const joined = onTicks.map((onTick) => wheel.join(onTick));
  return () => {
    for (const member of joined) member.leave();
  };
};

const startIntervals: StartPacer = (_clock, onTicks) => {
  const handles = onTicks.map((onTick) => setInterval(onTick, frameMs));
  return () => handles.forEach(clearInterval);
};

const startCorrectedTimeouts: StartPacer = (clock, onTicks) => {
  let isRunning = true;
  onTicks.forEach((onTick, member) => {
    let dueMs = clock.monotonicMs() + (member * frameMs) / members;
    const wait = (): void => {
      clock.setTimer(Math.max(0, dueMs - clock.monotonicMs()), () => {
        if (!isRunning) return;
        onTick();
        dueMs += frameMs;
        wait();
      });
    };
    wait();
  });
  return () => {
    isRunning = false;
  };
};

/** Keeps the loop from everything else for a while, over and over: other people's work. */
function stallTheLoop(clock: Clock): () => void {
  const handle = setInterval(() => {
    const untilMs = clock.monotonicMs() + stallMs;
    while (clock.monotonicMs() < untilMs);
  }, stallEveryMs);
  return () => clearInterval(handle);
}
