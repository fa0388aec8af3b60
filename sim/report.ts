import type { Level } from './command-line.ts';
import type { SeedRun } from './seed-run.ts';
import { Tally } from './tally.ts';

/** What came of many seeds. */
export class Report {
  readonly level: Level;
  readonly failed: SeedRun[] = [];
  readonly faults = new Tally();
  readonly checks = new Tally();
  passed = 0;
  virtualMs = 0;

  constructor(level: Level) {
    this.level = level;
  }

  add(run: SeedRun): void {
    if (run.failure) this.failed.push(run);
    else this.passed += 1;
    this.faults.addAll(run.faults);
    this.checks.addAll(run.checks);
    this.virtualMs += run.virtualMs;
  }

  /** `tookMs` of real time. */
  lines(tookMs: number): string[] {
    const { level, passed, failed, faults, checks, virtualMs } = this;
    const calls = passed + failed.length;
    const hours = (virtualMs / 3_600_000).toFixed(2);
    const speed = Math.round(virtualMs / tookMs);
    return [
      `${level}: ${calls} calls, ${hours} virtual hours in ${(tookMs / 1000).toFixed(1)} s: ` +
        `${speed} × real time`,
      `faults met: ${faults.sum}`,
      ...table(faults),
      `claims checked: ${checks.sum}`,
      ...table(checks),
      `${passed} seeds passed, ${failed.length} failed`,
    ];
  }
}

function table(tally: Tally): string[] {
  const entries = tally.entries();
  const width = Math.max(0, ...entries.map(([, count]) => String(count).length));
  return entries.map(([name, count]) => `  ${String(count).padStart(width)}  ${name}`);
}

/** The one line that repeats a failure, and what it is about. */
export function failureLines(level: Level, { seed, failure }: SeedRun): string[] {
  if (!failure) return [];
  const until = Math.ceil(failure.atMs);
  const levelOption = level === 'core' ? '' : ` --level ${level}`;
  return [
    `seed ${seed} at ${until} ms: ${failure.invariant}: ${failure.claim}`,
    `  npm run sim -- --seed ${seed} --until ${until}${levelOption}`,
  ];
}
