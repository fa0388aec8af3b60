/**
 * `run-tests.ts SUITE [GLOB…]`: runs a suite, or only some files of it, with node:test. Prints
 * node's own report and leaves the counts in `.results/SUITE.json`. No test at all is a failure.
 */
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { clearCounts, leaveCounts } from './counts.ts';

const suites = new Map([
  ['unit', ['{src,scripts,sim,bench}/**/*.test.ts', 'test/*.test.ts']],
  ['witnesses', ['test/witnesses/*.witness.ts']],
  ['dialogues', ['test/dialogues/*.witness.ts']],
]);

/** A file that takes longer hangs: the slowest is meant to take a few seconds. Guess. */
const fileMsMax = 180_000;

function main(suite: string, chosen: readonly string[]): void {
  const globPatterns = chosen.length > 0 ? chosen : suites.get(suite);
  if (globPatterns === undefined) throw new Error(`no suite ${suite}`);
  clearCounts(suite);
  process.exitCode = 1;
  const stream = run({
    globPatterns,
    concurrency: availableParallelism(),
    timeout: fileMsMax,
    // A test that was given up may go on for ever: its process must not.
    forceExit: true,
    execArgv: ['--import', import.meta.resolve('./seed-properties.ts')],
  });
  stream.on('test:summary', ({ counts, file, success }) => {
    if (file !== undefined) return;
    const { passed, tests } = counts;
    if (tests === 0) console.error(`no test in ${globPatterns.join(' ')}`);
    leaveCounts(suite, { passed, failed: tests - passed - counts.skipped - counts.todo });
    if (success && tests > 0) process.exitCode = 0;
  });
  stream.compose(spec).pipe(process.stdout);
}

if (import.meta.main) {
  const [suite = 'unit', ...chosen] = process.argv.slice(2);
  main(suite, chosen);
}
