/**
 * Loaded before every test file: property tests take the same examples in each run, so that a red
 * run means a change and not bad luck. `PROPERTY_SEED=random` looks for new ones.
 */
import fc from 'fast-check';

const wanted = process.env['PROPERTY_SEED'] ?? '1';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
