import { nearestKey } from './nearest-key.ts';
import type { Problem } from './problem.ts';
import type { SchemaMap, SchemaNode, SchemaSection, SchemaValue } from './schema-tree.ts';
import {
  emptyMap,
  type Origin,
  type Path,
  type Tree,
  type TreeMap,
  type TreeValue,
} from './tree.ts';

/** Right keys are listed where none is near the wrong one, unless they are more than this. */
const listedMax = 12;

/**
 * Holds one layer against the schema: keys that there are not become problems and go, and what
 * came as text becomes the number or the yes or no that is wanted. What does not fit otherwise is
 * left for the schema itself to refuse.
 */
export function fit(
  layer: TreeMap,
  root: SchemaSection,
): { readonly tree: TreeMap; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const fitMap = (map: TreeMap, node: SchemaSection | SchemaMap, path: Path): TreeMap => {
    const entries = [...map.entries].flatMap(([key, entry]) => {
      const here = [...path, key];
      const below = node.kind === 'map' ? node.item : node.keys.get(key);
      if (below !== undefined)
        return [[key, { ...entry, tree: fitTree(entry.tree, below, here) }] as const];
      const siblings = node.kind === 'map' ? [] : [...node.keys.keys()];
      problems.push(unknownKey(here, entry.keyOrigin, { siblings, root }));
      return [];
    });
    return { ...map, entries: new Map(entries) };
  };
  const fitTree = (tree: Tree, node: SchemaNode, path: Path): Tree => {
    if (tree.kind === 'value' && node.kind === 'value') return fitValue(tree, node);
    if (node.kind === 'value' || node.kind === 'list') return tree;
    // A section whose keys are all commented out is an empty one.
    if (tree.kind === 'value' && tree.value === null) return emptyMap(tree.origin);
    return tree.kind === 'map' ? fitMap(tree, node, path) : tree;
  };
  return { tree: fitMap(layer, root, []), problems };
}

function fitValue(tree: TreeValue, { types }: SchemaValue): TreeValue {
  const { value } = tree;
  if (value === '' && types.has('null')) return { ...tree, value: null };
  if (!tree.isText || typeof value !== 'string') return tree;
  const text = value.trim();
  if (types.has('boolean') && /^(?:true|false)$/i.test(text)) {
    return { ...tree, value: text.toLowerCase() === 'true' };
  }
  const wantsNumber = types.has('number') || types.has('integer');
  return wantsNumber && /^-?\d+(?:\.\d+)?$/.test(text) ? { ...tree, value: Number(text) } : tree;
}

function unknownKey(
  path: Path,
  origin: Origin,
  known: { readonly siblings: readonly string[]; readonly root: SchemaSection },
): Problem {
  const meant = nearestKey(path, known.siblings, known.root);
  const isFew = known.siblings.length <= listedMax;
  const list = isFew ? `; here there are ${known.siblings.join(', ')}` : '';
  const advice = meant === undefined ? list : `; did you mean "${meant}"?`;
  const message = `there is no key "${path.join('.')}"${advice}`;
  return { code: 'CONFIG_UNKNOWN_KEY', origin, message };
}
