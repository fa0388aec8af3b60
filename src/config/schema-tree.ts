import { z } from 'zod';
import { configSchema } from './schema.ts';
import type { Path, Scalar } from './tree.ts';

/** What may stand at a key: the schema as far as readers of files and documents need it. */
export type SchemaNode = SchemaSection | SchemaMap | SchemaList | SchemaValue;

interface Described {
  readonly description: string;
}

/** Keys that we name. */
export interface SchemaSection extends Described {
  readonly kind: 'section';
  readonly keys: ReadonlyMap<string, SchemaNode>;
}

/** Keys that the operator names. */
export interface SchemaMap extends Described {
  readonly kind: 'map';
  readonly item: SchemaNode;
}

export interface SchemaList extends Described {
  readonly kind: 'list';
  readonly item: SchemaNode;
  readonly initial: unknown;
}

export interface SchemaValue extends Described {
  readonly kind: 'value';
  readonly types: ReadonlySet<string>;
  readonly initial: unknown;
  readonly choices: readonly Scalar[];
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly isSecret: boolean;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schema of the file. No key is required in it: each file holds a part of the whole, and
 * what is missing comes from the one below it.
 */
export function configJsonSchema(): JsonSchema {
  return jsonSchemaOf(configSchema);
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      delete jsonSchema.required;
    },
  });
}

/** What may stand in a file of `schema`: in the configuration, unless another is given. */
export function schemaTree(schema: z.ZodType = configSchema): SchemaSection {
  const root = nodeOf(jsonSchemaOf(schema));
  return root.kind === 'section' ? root : { kind: 'section', keys: new Map(), description: '' };
}

function nodeOf(schema: JsonSchema): SchemaNode {
  const { description = '', additionalProperties, items } = schema;
  const properties = schema.properties ?? propertiesOfKinds(schema);
  if (properties !== undefined) {
    const keys = Object.entries(properties).map(
      ([key, each]) => [key, nodeOf(schemaOf(each))] as const,
    );
    return { kind: 'section', description, keys: new Map(keys) };
  }
  if (typeof additionalProperties === 'object') {
    return { kind: 'map', description, item: nodeOf(additionalProperties) };
  }
  if (typeof items === 'object' && !Array.isArray(items)) {
    return { kind: 'list', description, item: nodeOf(schemaOf(items)), initial: schema.default };
  }
  return valueNode(schema);
}

/** Of objects of several kinds, told apart by a constant: what any of them may have. */
function propertiesOfKinds({ oneOf }: JsonSchema): JsonSchema['properties'] {
  const kinds = oneOf?.map((each) => Object.entries(schemaOf(each).properties ?? {}));
  if (kinds === undefined) return undefined;
  const byKey = Map.groupBy(kinds.flat(), ([key]) => key);
  const joined = [...byKey].map(([key, found]) => [
    key,
    joinedConstants(found.map(([, it]) => it)),
  ]);
  return Object.fromEntries(joined);
}

/** The first of several schemas of one key; of constants the choice among them. */
function joinedConstants(found: readonly z.core.JSONSchema._JSONSchema[]): JsonSchema {
  const schemas = found.map(schemaOf);
  const [first = {}] = schemas;
  if (first.const === undefined) return first;
  const description = schemas.map((each) => each.description).join(' ');
  const choices = schemas.flatMap((each) => each.const ?? []);
  return { type: 'string', enum: choices, description };
}

function valueNode(schema: JsonSchema): SchemaValue {
  const { description = '' } = schema;
  const variants = (schema.anyOf ?? [schema]).map(schemaOf);
  const [first = schema] = variants.filter(({ type }) => type !== 'null');
  return {
    kind: 'value',
    description,
    types: new Set(variants.flatMap(({ type }) => type ?? [])),
    initial: schema.default,
    choices: first.enum?.filter(isScalar) ?? [],
    min: first.minimum,
    max: first.maximum,
    isSecret: schema.writeOnly === true,
  };
}

/** JSON Schema may have `true` in the place of a schema: anything goes. */
function schemaOf(schema: z.core.JSONSchema._JSONSchema): JsonSchema {
  return typeof schema === 'boolean' ? {} : schema;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** What may stand at `path`, or `undefined` when there is no such key. */
export function nodeAt(root: SchemaNode, path: Path): SchemaNode | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return root;
  if (root.kind === 'map') return nodeAt(root.item, rest);
  const below = root.kind === 'section' ? root.keys.get(key) : undefined;
  return below && nodeAt(below, rest);
}

/**
 * Every key that has a value, in the order of the schema; `KEY` stands for one that people choose.
 */
export function valueKeys(
  root: SchemaNode,
  path: Path = [],
): readonly (readonly [path: Path, node: SchemaList | SchemaValue])[] {
  switch (root.kind) {
    case 'section':
      return [...root.keys].flatMap(([key, node]) => valueKeys(node, [...path, key]));
    case 'map':
      return valueKeys(root.item, [...path, 'KEY']);
    default:
      return [[path, root]];
  }
}
