import { assert } from '../runtime/assert.ts';
import { contradictions } from './cross-checks.ts';
import { environmentLayer } from './environment.ts';
import { type Environment, expandTree } from './expand.ts';
import { fit } from './fit.ts';
import { idleKeys } from './idle-keys.ts';
import { type LegacyWarning, withoutDeadValues, withoutOldKeys } from './legacy.ts';
import { type PersonaFolders, personaLayers } from './persona-files.ts';
import { phraseOf } from './phrase.ts';
import { inFileOrder, type Problem } from './problem.ts';
import type { FileReader } from './read-config-file.ts';
import { type Config, configSchema, type Frozen } from './schema.ts';
import { type SchemaSection, schemaTree } from './schema-tree.ts';
import { shippedLayer } from './shipped.ts';
import {
  emptyMap,
  merge,
  nowhere,
  type Origin,
  originAt,
  plainOf,
  type TreeMap,
  treeOfText,
} from './tree.ts';
import { type ReadTree, readYaml } from './yaml-tree.ts';

/** Where `offhook` looks for its configuration unless `--config` says otherwise. */
export const defaultConfigPath = 'config/ai-agent.yaml';

/** A flag of the command line that sets a key: `--provider` sets `default_provider`. */
export interface ConfigFlag {
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

export interface ConfigRequest {
  /** The main file; `x.local.yaml` beside `x.yaml` lies above it. */
  readonly path: string;
  /**
   * Whether it must exist: somebody named it. Else its absence means that all is at its default.
   */
  readonly isRequired: boolean;
  readonly readFile: FileReader;
  readonly environment: Environment;
  /** Files of personas, below the main file; none unless it is said. */
  readonly personas?: PersonaFolders;
  readonly flags?: readonly ConfigFlag[];
}

export type LoadedConfig = {
  readonly isValid: true;
  readonly config: Config;
  readonly warnings: readonly LegacyWarning[];
  /** What was written and where, all layers in one. */
  readonly written: TreeMap;
  /** What may be written. */
  readonly schema: SchemaSection;
};

export type LoadResult =
  | LoadedConfig
  | {
      readonly isValid: false;
      /** At least one. */
      readonly problems: readonly Problem[];
      readonly warnings: readonly LegacyWarning[];
    };

/**
 * Reads the configuration: flag > environment > local file > file > files of personas > default,
 * key by key. Every problem is told, not the first alone. Does not throw.
 */
export function loadConfig(request: ConfigRequest): LoadResult {
  const schema = schemaTree();
  const problems: Problem[] = [];
  const warnings: LegacyWarning[] = [];
  const take = ({ tree, problems: found }: ReadTree): TreeMap => {
    problems.push(...found);
    return tree;
  };
  const { environment, readFile, flags = [] } = request;
  const fromFolders = request.personas && personaLayers(request.personas, readFile);
  problems.push(...(fromFolders?.problems ?? []));
  const given = flags.map(({ name, key, value }) =>
    treeOfText(key.split('.'), value, { is: 'flag', name }),
  );
  const layers = [
    shippedLayer(),
    ...(fromFolders?.layers ?? []),
    take(readLayer(request.path, request)),
    take(readLayer(localPath(request.path), { readFile, isRequired: false })),
    take(environmentLayer(environment, readFile)),
    ...given,
  ].map((layer) => {
    const isFile = layer.origin.is === 'file';
    const modern = isFile ? withoutOldKeys(layer) : { tree: layer, warnings: [] };
    const expanded = isFile ? take(expandTree(modern.tree, environment)) : modern.tree;
    const living = withoutDeadValues(expanded);
    warnings.push(...modern.warnings, ...living.warnings);
    return take(fit(living.tree, schema));
  });
  const written = layers.reduce(merge, emptyMap(nowhere));
  return judge({ written, schema, problems, warnings: inFileOrder(warnings) });
}

/** The configuration of somebody who has written nothing. */
export function defaultConfig(): Config {
  const schema = schemaTree();
  const loaded = judge({ written: shippedLayer(), schema, problems: [], warnings: [] });
  assert(loaded.isValid, 'the defaults are a valid configuration');
  return loaded.config;
}

function judge(found: {
  readonly written: TreeMap;
  readonly schema: SchemaSection;
  readonly problems: readonly Problem[];
  readonly warnings: readonly LegacyWarning[];
}): LoadResult {
  const { written, schema, warnings } = found;
  const parsed = configSchema.safeParse(plainOf(written));
  const problems = [...found.problems];
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const origin = originAt(written, issue.path);
      const message = phraseOf(issue, { written, schema });
      problems.push({ code: codeOf(issue.path), origin, message });
    }
    return { isValid: false, problems: inFileOrder(problems), warnings };
  }
  const config = frozen(parsed.data);
  for (const { code, path, message } of contradictions(config)) {
    problems.push({ code, origin: originAt(written, path), message });
  }
  if (problems.length > 0) return { isValid: false, problems: inFileOrder(problems), warnings };
  const all = inFileOrder([...warnings, ...idleKeys(written, config)]);
  return { isValid: true, config, warnings: all, written, schema };
}

function codeOf(path: readonly PropertyKey[]): Problem['code'] {
  const isProvider =
    path[0] === 'default_provider' || (path[0] === 'personas' && path[2] === 'provider');
  return isProvider ? 'PROVIDER_UNKNOWN' : 'CONFIG_INVALID';
}

function readLayer(
  path: string,
  options: { readonly readFile: FileReader; readonly isRequired: boolean },
): ReadTree {
  const file = options.readFile(path);
  if (file.is === 'text') return readYaml(path, file.text);
  const tree = emptyMap(nowhere);
  if (file.is === 'absent' && !options.isRequired) return { tree, problems: [] };
  const reason = file.is === 'absent' ? 'there is no such file' : `cannot read it: ${file.reason}`;
  const origin: Origin = { is: 'file', file: path, line: 1, column: 1 };
  return { tree, problems: [{ code: 'CONFIG_INVALID', origin, message: reason }] };
}

/** `config/ai-agent.local.yaml` of `config/ai-agent.yaml`. */
export function localPath(path: string): string {
  const [, stem = path, suffix = ''] = /^(.*?)(\.ya?ml)?$/.exec(path) ?? [];
  return `${stem}.local${suffix}`;
}

function frozen<Value>(value: Value): Frozen<Value> {
  if (typeof value === 'object' && value !== null) {
    for (const each of Object.values(value)) frozen(each);
    Object.freeze(value);
  }
  return value as Frozen<Value>;
}
