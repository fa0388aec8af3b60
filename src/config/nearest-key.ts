import { type SchemaNode, valueKeys } from './schema-tree.ts';
import type { Path } from './tree.ts';

/** So many letters may be wrong in a key, by its length. */
function mistakesMax(key: string): number {
  return Math.max(1, Math.floor(key.length / 3));
}

/**
 * The key that was probably meant by `path`, whole, with dots; `undefined` if none is near. First
 * among `siblings`, the right keys of the same section, then the same name in another section.
 */
export function nearestKey(
  path: Path,
  siblings: readonly string[],
  root: SchemaNode,
): string | undefined {
  const name = path.at(-1) ?? '';
  const sibling = nearest(name, siblings, mistakesMax(name));
  if (sibling !== undefined) return [...path.slice(0, -1), sibling].join('.');
  const elsewhere = valueKeys(root).map(([key]) => key);
  const leaves = elsewhere.flatMap((key) => key.at(-1) ?? []);
  const leaf = nearest(name, leaves, Math.min(2, mistakesMax(name)));
  return elsewhere.find((key) => leaf !== undefined && key.at(-1) === leaf)?.join('.');
}

/** The candidate with the fewest mistakes, at most `limit`; the first of several. */
export function nearest(
  word: string,
  candidates: readonly string[],
  limit: number,
): string | undefined {
  const [best] = candidates
    .map((candidate) => ({
      candidate,
      count: mistakes(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ count }) => count <= limit)
    .sort((one, other) => one.count - other.count);
  return best?.candidate;
}

/**
 * Letters to add, to leave out, to change or to swap with their neighbour until `word` is `other`
 * (optimal string alignment distance).
 */
export function mistakes(word: string, other: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= word.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = word[row - 1] === other[column - 1];
      const isSwap = word[row - 1] === other[column - 2] && word[row - 2] === other[column - 1];
      current[column] = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (isSame ? 0 : 1),
        isSwap ? beforeLast[column - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length]!;
}
