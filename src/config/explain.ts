import type { LoadedConfig } from './load.ts';
import type { SchemaNode } from './schema-tree.ts';
import { entryAt, nowhere, type Origin, type Path, type TreeMap } from './tree.ts';

/** One value that is in force. */
export interface ConfigRow {
  /** Whole, with dots. */
  readonly key: string;
  /** The value as JSON; `"***"` where nobody may see it. */
  readonly shown: string;
  readonly origin: Origin;
}

/** A configuration with where it was written and what may be. */
type Explained = Pick<LoadedConfig, 'config' | 'schema' | 'written'>;

const hidden = '"***"';

/** Every value in force with where it was written, in the order of the schema, secrets hidden. */
export function explain(loaded: Explained): readonly ConfigRow[] {
  return placesOf(loaded).map(({ value, place }) => ({
    key: place.path.join('.'),
    shown: isSecretAt(place) && value !== null ? hidden : JSON.stringify(value),
    origin: entryAt(place.written, place.path)?.tree.origin ?? nowhere,
  }));
}

/** Every value in force that nobody may see: by its key, or because a secret variable gave it. */
export function secretsIn(loaded: Explained): readonly string[] {
  return placesOf(loaded)
    .filter(({ place, value }) => isSecretAt(place) && value !== null)
    .flatMap(({ value }) => (Array.isArray(value) ? value : [value]))
    .map(String);
}

interface Place {
  readonly node: SchemaNode;
  readonly path: Path;
  readonly written: TreeMap;
}

interface PlacedValue {
  readonly value: unknown;
  readonly place: Place;
}

function placesOf({ config, schema, written }: Explained): readonly PlacedValue[] {
  return placesBelow(config, { node: schema, path: [], written });
}

function placesBelow(value: unknown, place: Place): readonly PlacedValue[] {
  const { node, path } = place;
  if (node.kind === 'value' || node.kind === 'list') return [{ value, place }];
  const below = (key: string) => (node.kind === 'map' ? node.item : node.keys.get(key));
  return Object.entries(Object(value)).flatMap(([key, each]) => {
    const inner = below(key);
    if (inner === undefined) return [];
    return placesBelow(each, { ...place, node: inner, path: [...path, key] });
  });
}

function isSecretAt({ node, path, written }: Place): boolean {
  const tree = entryAt(written, path)?.tree;
  return (node.kind === 'value' && node.isSecret) || (tree !== undefined && holdsSecret(tree));
}

function holdsSecret(tree: NonNullable<ReturnType<typeof entryAt>>['tree']): boolean {
  if (tree.kind === 'value') return tree.isSecret;
  if (tree.kind === 'list') return tree.items.some(holdsSecret);
  return [...tree.entries.values()].some((entry) => holdsSecret(entry.tree));
}
