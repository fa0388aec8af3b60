import type { PipeEnd } from './byte-pipe.ts';
import type { Dice } from './dice.ts';
import type { ScriptedCaller } from './scripted-caller.ts';
import type { Tally } from './tally.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { wireWorld } from './wire-world.ts';

type Clogging = Pick<PipeEnd, 'clog' | 'unclog'>;

interface Stage {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly faults: Tally;
  readonly calmAtMs: number;
  readonly world: Awaited<ReturnType<typeof wireWorld>>;
  readonly person: Pick<
    ScriptedCaller,
    'hangUp' | 'flood' | 'beSilentFor' | 'muteInMidWord' | 'press'
  >;
  /** The caller's end of its socket, and ours. */
  readonly wire: Clogging;
  readonly gatewayWire: Clogging;
}

/**
 * What befalls the caller's socket, the process and the disk; the emulator has faults of its own.
 */
const befalling = {
  'clogged way from the caller': 8,
  'clogged way to the caller': 8,
  'process paused': 5,
  'epoch clock stepped': 4,
  'disk full': 4,
  'disk broken': 2,
  'hang-up': 3,
  'line reset': 2,
  'operator closes': 1,
  'flood of caller audio': 1,
  'silence of 30 s': 2,
  'mute in mid-word': 6,
  digit: 5,
} as const;

const befallingMax = 5;

/** Puts faults on the clock, all of them before the calm. */
export function planWireFaults(stage: Stage): void {
  const { clock, dice, faults, calmAtMs, world, wire, gatewayWire } = stage;
  for (let left = dice.whole(0, befallingMax); left > 0; left -= 1) {
    const kind = dice.weighted(befalling);
    clock.setTimer(dice.between(0, calmAtMs - 4_000), () => {
      faults.add(kind);
      befall(stage, kind);
    });
  }
  clock.setTimer(calmAtMs, () => {
    world.script.faults.length = 0;
    wire.unclog();
    gatewayWire.unclog();
    world.files.freeBytes = Number.POSITIVE_INFINITY;
    world.files.isBroken = false;
  });
}

function befall(stage: Stage, kind: keyof typeof befalling): void {
  const { clock, dice, world, person, wire, gatewayWire } = stage;
  const forSeconds = (end: Clogging): void => {
    end.clog();
    clock.setTimer(dice.between(1_000, 3_000), () => end.unclog());
  };
  switch (kind) {
    case 'clogged way from the caller':
      forSeconds(wire);
      return;
    case 'clogged way to the caller':
      forSeconds(gatewayWire);
      return;
    case 'process paused':
      clock.jump(2_000);
      return;
    case 'epoch clock stepped':
      clock.stepEpoch(dice.between(-90_000, 90_000));
      return;
    case 'disk full':
      world.files.freeBytes = dice.whole(0, 500);
      return;
    case 'disk broken':
      world.files.isBroken = true;
      return;
    case 'hang-up':
      person.hangUp('caller-hung-up');
      return;
    case 'line reset':
      person.hangUp('line-reset');
      return;
    case 'operator closes':
      for (const session of world.sessions.all()) session.close('drained');
      return;
    case 'flood of caller audio':
      person.flood(dice.between(5, 30));
      return;
    case 'silence of 30 s':
      person.beSilentFor(30_000);
      return;
    case 'mute in mid-word':
      person.muteInMidWord(dice.between(200, 5_000));
      return;
    case 'digit':
      person.press();
  }
}
