import type { LoadedConfig } from './load.ts';
import { type SchemaNode, schemaTree } from './schema-tree.ts';
import { entryAt, nowhere, type Origin, type Path, type TreeMap } from './tree.ts';

/** One value that is in force. */
export interface ConfigRow {
  /** Whole, with dots. */
  readonly key: string;
  /** The value as JSON; `"***"` where nobody may see it. */
  readonly shown: string;
  readonly origin: Origin;
}

const hidden = '"***"';

/** Every value in force with where it was written, in the order of the schema, secrets hidden. */
export function explain({
  config,
  written,
}: Pick<LoadedConfig, 'config' | 'written'>): readonly ConfigRow[] {
  return rowsOf(config, { node: schemaTree(), path: [], written });
}

interface Place {
  readonly node: SchemaNode;
  readonly path: Path;
  readonly written: TreeMap;
}

function rowsOf(value: unknown, place: Place): readonly ConfigRow[] {
  const { node, path } = place;
  if (node.kind === 'value' || node.kind === 'list') return [rowOf(value, place)];
  const below = (key: string) => (node.kind === 'map' ? node.item : node.keys.get(key));
  return Object.entries(Object(value)).flatMap(([key, each]) => {
    const inner = below(key);
    return inner === undefined ? [] : rowsOf(each, { ...place, node: inner, path: [...path, key] });
  });
}

function rowOf(value: unknown, { node, path, written }: Place): ConfigRow {
  const tree = entryAt(written, path)?.tree;
  const isSecret =
    (node.kind === 'value' && node.isSecret) || (tree !== undefined && holdsSecret(tree));
  const shown = isSecret && value !== null ? hidden : JSON.stringify(value);
  return { key: path.join('.'), shown, origin: tree?.origin ?? nowhere };
}

function holdsSecret(tree: NonNullable<ReturnType<typeof entryAt>>['tree']): boolean {
  if (tree.kind === 'value') return tree.isSecret;
  return tree.kind === 'list' && tree.items.some(holdsSecret);
}
