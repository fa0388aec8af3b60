import { parseArgs } from 'node:util';

/** What a run of the simulator is to do. */
export type SimCommand =
  | { readonly is: 'seeds'; readonly level: Level; readonly from: number; readonly count: number }
  | { readonly is: 'one'; readonly level: Level; readonly seed: number; readonly untilMs: number }
  | { readonly is: 'mutants' }
  | { readonly is: 'help' };

export type Level = 'core' | 'wire';

export const usage = `Lives calls of the production code on a virtual clock, with faults, and checks
what must hold.

  npm run sim -- --seeds 200 [--from 1] [--level core|wire]
  npm run sim -- --seed 1 [--until 77240] [--level core|wire]   one seed, all that happens
  npm run sim -- --mutants                                   faults of ours, to be found`;

/** A mistake in the command line, to be told to whoever typed it. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

export function parseCommandLine(argv: readonly string[], callMs: number): SimCommand {
  const values = parse(argv);
  if (values.help) return { is: 'help' };
  const level = levelOf(values.level);
  if (values.mutants) return { is: 'mutants' };
  if (values.seed !== undefined) {
    const untilMs = values.until === undefined ? callMs : numberOf('--until', values.until);
    return { is: 'one', level, seed: numberOf('--seed', values.seed), untilMs };
  }
  if (values.until !== undefined) throw new CommandLineError('--until goes with --seed');
  if (values.seeds === undefined) {
    throw new CommandLineError('one of --seeds, --seed and --mutants is needed');
  }
  const from = values.from === undefined ? 1 : numberOf('--from', values.from);
  return { is: 'seeds', level, from, count: numberOf('--seeds', values.seeds) };
}

function parse(argv: readonly string[]) {
  const option = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    level: option,
    seeds: option,
    from: option,
    seed: option,
    until: option,
    mutants: flag,
    help: flag,
  };
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CommandLineError(error.message);
  }
}

function levelOf(level = 'core'): Level {
  if (level === 'core' || level === 'wire') return level;
  throw new CommandLineError(`--level is core or wire, not ${level}`);
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0) return value;
  throw new CommandLineError(`${name} is a whole number, not ${text}`);
}
