import { unreachable } from '../runtime/assert.ts';

/** Where a value was written, for people who have to change it. Lines and columns count from 1. */
export type Origin =
  | { readonly is: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly is: 'environment'; readonly name: string }
  | { readonly is: 'flag'; readonly name: string }
  | { readonly is: 'default' };

export type Scalar = string | number | boolean | null;

/** A configuration as it was written, in which every key and value knows where. Never changed. */
export type Tree = TreeMap | TreeList | TreeValue;

export interface TreeMap {
  readonly kind: 'map';
  readonly origin: Origin;
  readonly entries: ReadonlyMap<string, TreeEntry>;
}

export interface TreeEntry {
  readonly keyOrigin: Origin;
  readonly tree: Tree;
}

export interface TreeList {
  readonly kind: 'list';
  readonly origin: Origin;
  readonly items: readonly Tree[];
}

export interface TreeValue {
  readonly kind: 'value';
  readonly origin: Origin;
  readonly value: Scalar;
  /** It came as text from where everything is text, and becomes a number where one is wanted. */
  readonly isText: boolean;
  /** It may hold a secret whatever its key is, and is never shown. */
  readonly isSecret: boolean;
}

/** Keys from the root down; `*` in patterns stands for any one key. */
export type Path = readonly string[];

export const nowhere: Origin = { is: 'default' };

export function placeOf(origin: Origin): string {
  switch (origin.is) {
    case 'file':
      return `${origin.file}:${origin.line}:${origin.column}`;
    case 'environment':
      return `environment variable ${origin.name}`;
    case 'flag':
      return `flag ${origin.name}`;
    case 'default':
      return 'default';
    default:
      return unreachable(origin);
  }
}

export function emptyMap(origin: Origin): TreeMap {
  return { kind: 'map', origin, entries: new Map() };
}

/** A single text at a path, as a flag or a variable gives it. */
export function treeOfText(path: Path, text: string, origin: Origin): TreeMap {
  const value: Tree = { kind: 'value', origin, value: text, isText: true, isSecret: false };
  return withEntry(emptyMap(origin), path, { keyOrigin: origin, tree: value });
}

/** The entry at `path`, or `undefined`. */
export function entryAt(root: Tree, path: Path): TreeEntry | undefined {
  const [key, ...rest] = path;
  if (root.kind !== 'map' || key === undefined) return undefined;
  const entry = root.entries.get(key);
  return entry === undefined || rest.length === 0 ? entry : entryAt(entry.tree, rest);
}

/** Where `path` is written, or else the innermost key around it that is. */
export function originAt(root: Tree, path: readonly PropertyKey[]): Origin {
  let { origin } = root;
  let tree = root;
  for (const [depth, key] of path.entries()) {
    const isLast = depth === path.length - 1;
    if (tree.kind === 'map') {
      const entry = tree.entries.get(String(key));
      if (entry === undefined) return origin;
      origin = isLast && entry.tree.kind === 'value' ? entry.tree.origin : entry.keyOrigin;
      tree = entry.tree;
    } else if (tree.kind === 'list') {
      const item = tree.items[Number(key)];
      if (item === undefined) return origin;
      origin = item.origin;
      tree = item;
    } else return origin;
  }
  return origin;
}

/** The tree with `entry` at `path`; maps that are not there yet are made. */
export function withEntry(root: TreeMap, path: Path, entry: TreeEntry): TreeMap {
  const [key = '', ...rest] = path;
  const entries = new Map(root.entries);
  if (rest.length === 0) entries.set(key, entry);
  else {
    const inner = root.entries.get(key);
    const below = inner?.tree.kind === 'map' ? inner.tree : emptyMap(entry.keyOrigin);
    const keyOrigin = inner?.keyOrigin ?? entry.keyOrigin;
    entries.set(key, { keyOrigin, tree: withEntry(below, rest, entry) });
  }
  return { ...root, entries };
}

/** The tree without what is at `path`. */
export function withoutEntry(root: TreeMap, path: Path): TreeMap {
  const [key = '', ...rest] = path;
  const entries = new Map(root.entries);
  const inner = entries.get(key);
  if (rest.length === 0) entries.delete(key);
  else if (inner?.tree.kind === 'map') {
    entries.set(key, { ...inner, tree: withoutEntry(inner.tree, rest) });
  }
  return { ...root, entries };
}

/** Key by key, `above` before `below`. Lists are whole: the one above takes the other's place. */
export function merge(below: TreeMap, above: TreeMap): TreeMap {
  const entries = new Map(below.entries);
  for (const [key, entry] of above.entries) {
    const covered = entries.get(key)?.tree;
    const isBoth = covered?.kind === 'map' && entry.tree.kind === 'map';
    entries.set(key, isBoth ? { ...entry, tree: merge(covered, entry.tree) } : entry);
  }
  return { ...above, entries };
}

/** All paths that a pattern meets in the tree. */
export function matches(root: Tree, pattern: Path): readonly Path[] {
  const [key, ...rest] = pattern;
  if (key === undefined) return [[]];
  if (root.kind !== 'map') return [];
  const keys = key === '*' ? [...root.entries.keys()] : [key];
  return keys.flatMap((each) => {
    const inner = root.entries.get(each);
    return inner === undefined ? [] : matches(inner.tree, rest).map((path) => [each, ...path]);
  });
}

/** The values alone, as JSON would hold them. */
export function plainOf(tree: Tree): unknown {
  if (tree.kind === 'value') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plainOf);
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, plainOf(entry.tree)]));
}
