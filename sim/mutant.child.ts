/**
 * `mutant.child.ts SEEDS`: lives core seeds in a copy of the tree until one fails. Prints that seed
 * and what did not hold as one line of JSON, or `null` when all held.
 */
import { createConverterFactory } from '../src/audio/converter.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import { callMs } from './core-call.ts';
import { runCoreSeed } from './seed-run.ts';

function firstFailure(seedCount: number): object | null {
  const converters = createConverterFactory(createResamplerFactory());
  for (let seed = 1; seed <= seedCount; seed += 1) {
    const { failure } = runCoreSeed({ seed, untilMs: callMs, converters });
    if (failure) return { seed, invariant: failure.invariant, claim: failure.claim };
  }
  return null;
}

if (import.meta.main) {
  console.log(JSON.stringify(firstFailure(Number(process.argv[2]))));
}
