import type { SeedOptions, SeedRun } from './seed-run.ts';
export async function runWireSeed(_options: SeedOptions): Promise<SeedRun> {
  throw new Error('soon');
}
