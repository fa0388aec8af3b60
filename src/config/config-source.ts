import { isDeepStrictEqual } from 'node:util';
import type { LegacyWarning } from './legacy.ts';
import type { LoadedConfig, LoadResult } from './load.ts';
import type { Problem } from './problem.ts';
import { needsRestart } from './restart-keys.ts';
import type { Config } from './schema.ts';

/** What came of a reload. */
export type ReloadResult =
  | { readonly outcome: 'unchanged' }
  | {
      readonly outcome: 'changed';
      /** Keys, whole, with dots; a section that the operator fills in counts by its items. */
      readonly changedKeys: readonly string[];
      /** Those of them that the process will read when it starts again. */
      readonly restartKeys: readonly string[];
      readonly warnings: readonly LegacyWarning[];
    }
  /** The configuration in force stays. */
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/**
 * The configuration in force. A reload puts a whole new one in its place or none; who holds the
 * old one (a call in progress) keeps it. Whoever starts a call asks for `current` then.
 */
export class ConfigSource {
  readonly #load: () => LoadResult;
  #loaded: LoadedConfig;

  /** `first` is what the process started with; `load` reads everything anew, as `loadConfig`. */
  constructor(first: LoadedConfig, load: () => LoadResult) {
    this.#loaded = first;
    this.#load = load;
  }

  get current(): Config {
    return this.#loaded.config;
  }

  /** As `current`, with where each value was written, for `explain`. */
  get loaded(): LoadedConfig {
    return this.#loaded;
  }

  /** Reads anew, on SIGHUP. Never throws. */
  reload(): ReloadResult {
    const loaded = this.#load();
    if (!loaded.isValid) return { outcome: 'refused', problems: loaded.problems };
    const changedKeys = differences(this.#loaded.config, loaded.config);
    this.#loaded = loaded;
    if (changedKeys.length === 0) return { outcome: 'unchanged' };
    const { warnings } = loaded;
    return {
      outcome: 'changed',
      changedKeys,
      restartKeys: changedKeys.filter(needsRestart),
      warnings,
    };
  }
}

/** Keys whose values differ, those that only one side has among them. */
function differences(before: unknown, after: unknown, prefix = ''): readonly string[] {
  if (!isSection(before) || !isSection(after)) {
    return isDeepStrictEqual(before, after) ? [] : [prefix];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const start = prefix === '' ? '' : `${prefix}.`;
  return [...keys].flatMap((key) => differences(before[key], after[key], start + key));
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
