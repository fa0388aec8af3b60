import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What became of a suite: tests, or seeds of the simulator. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const folder = join(import.meta.dirname, '..', '.results');

/** Leaves the counts of `suite` in `.results/SUITE.json`, one line, for `.ci/run` to add up. */
export function leaveCounts(suite: string, counts: Counts): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${suite}.json`), `${JSON.stringify(counts)}\n`);
}

/** Takes away what an earlier run left: a run that breaks off leaves nothing. */
export function clearCounts(suite: string): void {
  rmSync(join(folder, `${suite}.json`), { force: true });
}
