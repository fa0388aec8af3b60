import { join } from 'node:path';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';

/** The recordings that come with Offhook, beside `src/` and `dist/` alike. */
export const shippedPrompts = join(import.meta.dirname, '..', '..', 'prompts');

export const version = '0.1.0';

/** What every part of the process shares. */
export interface Shared {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}
