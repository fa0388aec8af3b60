/** A broken invariant of our own: it ends the one session it happened in, never the process. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * Throws an `AssertionError` with `claim` (a whole sentence about what must be true) if it is not.
 */
export function assert(isTrue: boolean, claim: string): asserts isTrue {
  if (!isTrue) throw new AssertionError(claim);
}

/** Ends a `switch` over a closed union: the compiler proves that nothing gets here. */
export function unreachable(value: never): never {
  throw new AssertionError(`no case for ${JSON.stringify(value)}`);
}
