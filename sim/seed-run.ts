import { createHash } from 'node:crypto';
import type { ConverterFactory } from '../src/audio/converter.ts';
import { CoreCall, callMs } from './core-call.ts';
import { invariants, observersOf } from './invariants/invariants.ts';
import { type CallObserver, type CallView, Claims, Violation } from './observer.ts';
import { Tally } from './tally.ts';

/** What came of one seed. */
export interface SeedRun {
  readonly seed: number;
  /** What did not hold, and when; `null` when everything did. */
  readonly failure: Failure | null;
  readonly virtualMs: number;
  readonly faults: Tally;
  /** Claims that were checked, by invariant. */
  readonly checks: Tally;
  /** Stands for the whole journal: equal journals have equal digests. */
  readonly journalDigest: string;
}

export interface Failure {
  readonly invariant: string;
  readonly claim: string;
  readonly atMs: number;
  readonly stack: string;
}

export interface SeedOptions {
  readonly seed: number;
  readonly untilMs: number;
  readonly converters: ConverterFactory;
  /** Watches besides the invariants. */
  readonly witness?: (view: CallView) => CallObserver;
}

/** Lives one seed of the core. A claim that does not hold ends it there. */
export function runCoreSeed(options: SeedOptions): SeedRun {
  const { seed, untilMs, converters, witness } = options;
  const faults = new Tally();
  const claims = invariants.map(({ name }) => new Claims(name));
  const call = new CoreCall({
    seed,
    faults,
    converters,
    observe: (view) => [...(witness ? [witness(view)] : []), ...observersOf(view, claims)],
  });
  const failure = failureOf(
    () => call.run(untilMs),
    () => call.clock.now,
  );
  const checks = new Tally();
  for (const { invariant, count } of claims) checks.add(invariant, count);
  return {
    seed,
    failure,
    virtualMs: call.clock.now,
    faults,
    checks,
    journalDigest: createHash('sha256').update(JSON.stringify(call.journal)).digest('hex'),
  };
}

/** The same seed lives the same call: checked by living it twice. */
export function differsWhenRepeated(first: SeedRun, again: SeedRun): Failure | null {
  if (first.journalDigest === again.journalDigest) return null;
  const claim = `seed ${first.seed} gives another journal the second time`;
  return { invariant: 'same seed, same journal', claim, atMs: callMs, stack: '' };
}

function failureOf(live: () => void, nowMs: () => number): Failure | null {
  try {
    live();
    return null;
  } catch (thrown) {
    return failureFrom(thrown, nowMs());
  }
}

/** What was thrown, as what did not hold. */
export function failureFrom(thrown: unknown, atMs: number): Failure {
  if (!(thrown instanceof Error)) throw thrown;
  const invariant = thrown instanceof Violation ? thrown.invariant : thrown.name;
  return { invariant, claim: thrown.message, atMs, stack: thrown.stack ?? '' };
}
