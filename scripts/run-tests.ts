/**
 * `run-tests.ts SUITE [GLOB…]`: runs a suite, or only some files of it, with node:test. Prints
 * node's own report and leaves the counts in `.results/SUITE.json`. No test at all is a failure.
 * Files of suites in real time that fail are played once more, alone, and judged by that.
 */
import { availableParallelism } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { type Counts, clearCounts, leaveCounts } from './counts.ts';

const suites = new Map([
  ['unit', ['{src,scripts,sim,bench}/**/*.test.ts', 'test/*.test.ts']],
  ['witnesses', ['test/witnesses/*.witness.ts']],
  ['dialogues', ['test/dialogues/*.witness.ts']],
]);

/** A file that takes longer hangs: the slowest is meant to take a few seconds. Guess. */
const fileMsMax = 180_000;

/** What runs in real time, beside others: a busy machine can make it fail. */
const realTimeSuites = new Set(['witnesses', 'dialogues']);

interface Round {
  /** Of each file that came to its end. */
  readonly counts: ReadonlyMap<string, Counts>;
  readonly failedFiles: readonly string[];
}

async function main(suite: string, chosen: readonly string[]): Promise<void> {
  const globPatterns = chosen.length > 0 ? chosen : suites.get(suite);
  if (globPatterns === undefined) throw new Error(`no suite ${suite}`);
  clearCounts(suite);
  process.exitCode = 1;
  let { counts, failedFiles } = await play(globPatterns, availableParallelism());
  if (failedFiles.length > 0 && realTimeSuites.has(suite)) {
    console.error(`once more, with the machine to themselves: ${failedFiles.join(' ')}`);
    const again = await play(failedFiles, 1);
    counts = new Map([...counts, ...again.counts]);
    failedFiles = again.failedFiles;
  }
  const sumOf = (which: keyof Counts) =>
    [...counts.values()].reduce((sum, each) => sum + each[which], 0);
  const [passed, failed] = [sumOf('passed'), sumOf('failed')];
  if (passed + failed === 0) console.error(`no test in ${globPatterns.join(' ')}`);
  leaveCounts(suite, { passed, failed: Math.max(failed, failedFiles.length) });
  if (failedFiles.length === 0 && passed > 0) process.exitCode = 0;
}

async function play(globPatterns: readonly string[], concurrency: number): Promise<Round> {
  const counts = new Map<string, Counts>();
  const failedFiles = new Set<string>();
  const stream = run({
    globPatterns,
    concurrency,
    timeout: fileMsMax,
    // A test that was given up may go on for ever: its process must not.
    forceExit: true,
    execArgv: ['--import', import.meta.resolve('./seed-properties.ts')],
  });
  stream.on('test:fail', ({ file }) => failedFiles.add(file ?? 'a test of no file'));
  stream.on('test:summary', ({ counts: of, file, success }) => {
    if (file === undefined) return;
    if (!success) failedFiles.add(file);
    counts.set(file, { passed: of.passed, failed: of.tests - of.passed - of.skipped - of.todo });
  });
  await pipeline(stream.compose(spec), process.stdout, { end: false });
  return { counts, failedFiles: [...failedFiles] };
}

if (import.meta.main) {
  const [suite = 'unit', ...chosen] = process.argv.slice(2);
  await main(suite, chosen);
}
