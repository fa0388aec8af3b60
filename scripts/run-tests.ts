/**
 * `run-tests.ts SUITE [GLOB…]`: runs a suite, or only some files of it, with node:test. Prints
 * node's own report and leaves the counts in `.results/SUITE.json`. No test at all is a failure.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const suites = new Map([
  ['unit', ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'sim/**/*.test.ts', 'test/*.test.ts']],
  ['witnesses', ['test/witnesses/*.witness.ts']],
]);

/** A file that takes longer hangs: the slowest is meant to take a few seconds. Guess. */
const fileMsMax = 180_000;

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export const resultsFolder = join(import.meta.dirname, '..', '.results');

function writeCounts(suite: string, counts: Counts): void {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${suite}.json`), `${JSON.stringify(counts)}\n`);
}

function main(suite: string, chosen: readonly string[]): void {
  const globPatterns = chosen.length > 0 ? chosen : suites.get(suite);
  if (globPatterns === undefined) throw new Error(`no suite ${suite}`);
  rmSync(join(resultsFolder, `${suite}.json`), { force: true });
  process.exitCode = 1;
  const stream = run({ globPatterns, concurrency: availableParallelism(), timeout: fileMsMax });
  stream.on('test:summary', ({ counts, file, success }) => {
    if (file !== undefined) return;
    const { passed, tests } = counts;
    if (tests === 0) console.error(`no test in ${globPatterns.join(' ')}`);
    writeCounts(suite, { passed, failed: tests - passed - counts.skipped - counts.todo });
    if (success && tests > 0) process.exitCode = 0;
  });
  stream.compose(spec).pipe(process.stdout);
}

if (import.meta.main) {
  const [suite = 'unit', ...chosen] = process.argv.slice(2);
  main(suite, chosen);
}
