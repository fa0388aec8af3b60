import type { LegacyWarning } from './legacy.ts';
import type { Config } from './schema.ts';
import { entryAt, matches, type TreeMap } from './tree.ts';

/** Keys that have no effect while another key stands as it does. */
interface IdleKeys {
  /** `*` stands for any one key. */
  readonly keys: readonly string[];
  readonly isIdle: (config: Config) => boolean;
  readonly because: string;
}

const turns = 'providers.openai_realtime.turn_detection';

const rows: readonly IdleKeys[] = [
  ...(['stt', 'llm', 'tts'] as const).map((section) => ({
    keys: [`${section}.*`],
    isIdle: (config: Config) => config[section].base_url === null,
    because: `${section}.base_url is not set, so our own engine does it`,
  })),
  {
    keys: ['threshold', 'prefix_padding_ms', 'silence_duration_ms', 'idle_timeout_ms'].map(
      (name) => `${turns}.${name}`,
    ),
    isIdle: ({ providers }) => providers.openai_realtime.turn_detection.type === 'semantic_vad',
    because: `${turns}.type is semantic_vad`,
  },
  {
    keys: [`${turns}.eagerness`],
    isIdle: ({ providers }) => providers.openai_realtime.turn_detection.type === 'server_vad',
    because: `${turns}.type is server_vad`,
  },
  {
    keys: ['gate.tailMs'],
    isIdle: ({ vad }) => vad.gate === 'off',
    because: 'vad.gate is off',
  },
  {
    keys: ['api.auth.issuers.*', 'api.auth.failures_per_minute_max'],
    isIdle: ({ api }) => api.auth.mode === 'loopback',
    because: 'api.auth.mode is loopback, which asks nobody for a key or token',
  },
  {
    keys: ['mail.*'],
    isIdle: ({ mail }) => mail.host === null,
    because: 'mail.host is not set, so nothing is mailed',
  },
  {
    keys: ['asterisk.ari.*'],
    isIdle: ({ asterisk }) => asterisk.ari.url === null,
    because: 'asterisk.ari.url is not set, so Asterisk is not controlled',
  },
  {
    keys: ['telemetry.*'],
    isIdle: ({ telemetry }) => telemetry.endpoint === null,
    because: 'telemetry.endpoint is not set, so nothing is traced',
  },
  {
    keys: ['database.*'],
    isIdle: ({ store }) => store === 'none',
    because: 'store is none',
  },
];

/**
 * What stands in a file and does nothing there: whoever wrote it expects that it does. A key that
 * is set to nothing asks for nothing.
 */
export function idleKeys(written: TreeMap, config: Config): readonly LegacyWarning[] {
  return rows
    .filter(({ isIdle }) => isIdle(config))
    .flatMap(({ keys, because }) =>
      keys.flatMap((key) => matches(written, key.split('.')).map((path) => ({ path, because }))),
    )
    .flatMap(({ path, because }) => {
      const entry = entryAt(written, path);
      const isNothing = entry?.tree.kind === 'value' && entry.tree.value === null;
      if (entry === undefined || isNothing || entry.keyOrigin.is !== 'file') return [];
      const message = `"${path.join('.')}" has no effect: ${because}`;
      return [{ origin: entry.keyOrigin, message }];
    });
}
