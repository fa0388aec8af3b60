import { GatewayError } from '../src/runtime/errors.ts';
import type { SessionCore } from '../src/session/core.ts';
import type { Dice } from './dice.ts';
import type { ScriptedCaller } from './scripted-caller.ts';
import type { ScriptedModel } from './scripted-model.ts';
import type { Tally } from './tally.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface Stage {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly faults: Tally;
  readonly calmAtMs: number;
  readonly core: SessionCore;
  readonly caller: ScriptedCaller;
  readonly model: ScriptedModel;
}

/** Faults that befall a call at any moment, with how often they are drawn. */
const befalling = {
  'clogged way to the session': 8,
  'way to the session clogged for long': 4,
  'clogged way to the model': 8,
  'clogged way from the caller': 8,
  'link dropped': 10,
  'session expired': 3,
  'link ending soon': 8,
  'rate-limit warning': 4,
  'process paused': 6,
  'epoch clock stepped': 4,
  'hang-up': 3,
  'line reset': 1,
  'line dead': 1,
  'operator closes': 1,
  'flood of caller audio': 2,
  'silence of 30 s': 2,
  'mute in mid-word': 14,
  digit: 6,
  'words in writing': 3,
} as const;

/** How many befall one call, at most. */
const befallingMax = 8;

/** Puts faults on the clock, all of them before the calm. */
export function planFaults(stage: Stage): void {
  const { clock, dice, faults, calmAtMs, model, caller } = stage;
  for (let left = dice.whole(0, befallingMax); left > 0; left -= 1) {
    const kind = dice.weighted(befalling);
    clock.setTimer(dice.between(0, calmAtMs - 4_000), () => {
      if (stage.core.isEnded) return;
      faults.add(kind);
      befall(stage, kind);
    });
  }
  clock.setTimer(calmAtMs, () => {
    model.calmDown();
    caller.unclog();
  });
}

function befall(stage: Stage, kind: keyof typeof befalling): void {
  const { clock, dice, core, caller, model } = stage;
  const later = (work: () => void): void => {
    clock.setTimer(dice.between(1_000, 3_000), work);
  };
  switch (kind) {
    case 'clogged way to the session':
      model.befall((link) => {
        link.clog('to-session');
        later(() => link.unclog());
      });
      return;
    case 'way to the session clogged for long':
      model.befall((link) => {
        link.clog('to-session');
        clock.setTimer(dice.between(6_000, 25_000), () => link.unclog());
      });
      return;
    case 'clogged way to the model':
      model.befall((link) => {
        link.clog('to-model');
        later(() => link.unclog());
      });
      return;
    case 'clogged way from the caller':
      caller.clog();
      later(() => caller.unclog());
      return;
    case 'link dropped':
      model.befall((link) => link.drop('PROVIDER_UNREACHABLE'));
      return;
    case 'session expired':
      model.befall((link) => link.drop('PROVIDER_SESSION_EXPIRED'));
      return;
    case 'link ending soon':
      model.befall((link) => link.endSoon());
      return;
    case 'rate-limit warning':
      model.befall((link) =>
        link.warn(new GatewayError('PROVIDER_RATE_LIMITED', 'as the script says')),
      );
      return;
    case 'process paused':
      clock.jump(2_000);
      return;
    case 'epoch clock stepped':
      clock.stepEpoch(dice.between(-90_000, 90_000));
      return;
    case 'operator closes':
      core.close('drained', clock.now);
      return;
    default:
      befallCaller(caller, kind, dice);
  }
}

type CallerFault =
  | 'hang-up'
  | 'line reset'
  | 'line dead'
  | 'flood of caller audio'
  | 'silence of 30 s'
  | 'mute in mid-word'
  | 'digit'
  | 'words in writing';

function befallCaller(caller: ScriptedCaller, kind: CallerFault, dice: Dice): void {
  switch (kind) {
    case 'hang-up':
      caller.hangUp('caller-hung-up');
      return;
    case 'line reset':
      caller.hangUp('line-reset');
      return;
    case 'line dead':
      caller.hangUp('line-dead');
      return;
    case 'flood of caller audio':
      caller.flood(dice.between(5, 60));
      return;
    case 'silence of 30 s':
      caller.beSilentFor(30_000);
      return;
    case 'mute in mid-word':
      caller.muteInMidWord(dice.between(200, dice.chance(0.3) ? 25_000 : 5_000));
      return;
    case 'digit':
      caller.press();
      return;
    case 'words in writing':
      caller.write();
  }
}
