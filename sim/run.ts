/** `npm run sim`: lives seeds, one seed with all that happens in it, or the mutants. */

import { clearCounts, leaveCounts } from '../scripts/counts.ts';
import { createConverterFactory } from '../src/audio/converter.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import { CommandLineError, type Level, parseCommandLine, usage } from './command-line.ts';
import { callMs } from './core-call.ts';
import { huntMutants } from './mutant-hunt.ts';
import { failureLines, Report } from './report.ts';
import { differsWhenRepeated, runCoreSeed, type SeedOptions, type SeedRun } from './seed-run.ts';
import { keptSeeds } from './seeds.ts';
import { trace } from './trace.ts';
import { runWireSeed } from './wire-call.ts';

/** One seed in so many is lived twice, to see that it is the same call. */
const repeatedEvery = 20;
/** Failures that are told in full; the rest is counted. */
const failuresTold = 10;

/** Fills in what every seed of this process shares. */
type Live = (options: Omit<SeedOptions, 'converters'>) => Promise<SeedRun>;

function liverOf(level: Level): Live {
  const converters = createConverterFactory(createResamplerFactory());
  return async (options) =>
    level === 'core'
      ? runCoreSeed({ ...options, converters })
      : runWireSeed({ ...options, converters });
}

async function runSeeds(level: Level, seeds: readonly number[]): Promise<boolean> {
  const suite = `sim-${level}`;
  clearCounts(suite);
  const live = liverOf(level);
  const report = new Report(level);
  const beganMs = performance.now();
  for (const seed of seeds) {
    const run = await live({ seed, untilMs: callMs });
    const isRepeated = !run.failure && seed % repeatedEvery === 0;
    const failure = isRepeated
      ? differsWhenRepeated(run, await live({ seed, untilMs: callMs }))
      : run.failure;
    report.checks.add('same seed, same journal', isRepeated ? 1 : 0);
    report.add({ ...run, failure });
  }
  for (const line of report.lines(performance.now() - beganMs)) console.log(line);
  for (const run of report.failed.slice(0, failuresTold)) {
    for (const line of failureLines(level, run)) console.error(line);
  }
  leaveCounts(suite, { passed: report.passed, failed: report.failed.length });
  return report.failed.length === 0 && report.passed > 0;
}

async function runOne(level: Level, seed: number, untilMs: number): Promise<boolean> {
  const run = await liverOf(level)({
    seed,
    untilMs,
    witness: (view) => trace(view, (line) => console.log(line)),
  });
  for (const line of failureLines(level, run)) console.error(line);
  if (run.failure) console.error(run.failure.stack);
  else console.log(`seed ${seed}: everything held for ${Math.round(run.virtualMs)} ms`);
  return run.failure === null;
}

/** The seeds asked for, and those that failed once. */
function seedsOf(level: Level, from: number, count: number): number[] {
  const kept = keptSeeds.filter((one) => one.level === level).map(({ seed }) => seed);
  const asked = Array.from({ length: count }, (_, index) => from + index);
  return [...new Set([...asked, ...kept])];
}

async function main(argv: readonly string[]): Promise<boolean> {
  const command = parseCommandLine(argv, callMs);
  switch (command.is) {
    case 'help':
      console.log(usage);
      return true;
    case 'mutants':
      return huntMutants((line) => console.log(line));
    case 'one':
      return runOne(command.level, command.seed, command.untilMs);
    case 'seeds':
      return runSeeds(command.level, seedsOf(command.level, command.from, command.count));
  }
}

if (import.meta.main) {
  try {
    process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  }
}
