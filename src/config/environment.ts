import type { Environment } from './expand.ts';
import type { Problem } from './problem.ts';
import type { FileReader } from './read-config-file.ts';
import { emptyMap, merge, nowhere, type Origin, type TreeMap, treeOfText } from './tree.ts';

/** An environment variable and the key that it sets. */
export interface EnvironmentKey {
  readonly name: string;
  readonly key: string;
  /** `NAME_FILE` may name a file that holds the value, as Docker and Kubernetes mount secrets. */
  readonly isSecret?: true;
  /** The text for the key, where it is not the variable's own. */
  readonly read?: (text: string) => string;
}

/** Of several variables for one key the first that is set is taken. Empty counts as unset. */
export const environmentKeys: readonly EnvironmentKey[] = [
  { name: 'OFFHOOK_PROVIDER', key: 'default_provider' },
  { name: 'AI_PROVIDER', key: 'default_provider' },
  { name: 'DEFAULT_PERSONA', key: 'default_persona' },
  { name: 'OPENAI_API_KEY', key: 'providers.openai_realtime.api_key', isSecret: true },
  { name: 'OPENAI_REALTIME_MODEL', key: 'providers.openai_realtime.model' },
  { name: 'OPENAI_REALTIME_ENDPOINT', key: 'providers.openai_realtime.base_url' },
  { name: 'OPENAI_REALTIME_VOICE', key: 'providers.openai_realtime.voice' },
  { name: 'OPENAI_ORG_ID', key: 'providers.openai_realtime.organization' },
  { name: 'OPENAI_PROJECT_ID', key: 'providers.openai_realtime.project' },
  { name: 'OPENAI_DEBUG_LOGGING', key: 'openai.debug_logging' },
  { name: 'OPENAI_REQUEST_TAGS', key: 'openai.request_tags' },
  { name: 'OPENAI_REQUEST_QUOTA_TAG', key: 'openai.request_quota_tag' },
  { name: 'PORT', key: 'api.port' },
  // On unless it says that it is off.
  {
    name: 'AI_REALTIME_ENABLED',
    key: 'api.ai.enabled',
    read: (text) => String(text.trim().toLowerCase() !== 'false'),
  },
  { name: 'OFFHOOK_METRICS_TOKEN', key: 'api.metrics_token', isSecret: true },
  { name: 'DATABASE_URL', key: 'database.url', isSecret: true },
  { name: 'DIRECT_URL', key: 'database.direct_url', isSecret: true },
  { name: 'SUPABASE_URL', key: 'database.supabase_url' },
  { name: 'NODE_ENV', key: 'production', read: (text) => String(text === 'production') },
  { name: 'OFFHOOK_LOG_LEVEL', key: 'logging.level' },
  { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', key: 'telemetry.endpoint' },
  { name: 'OTEL_EXPORTER_OTLP_HEADERS', key: 'telemetry.headers', isSecret: true },
  { name: 'OTEL_SERVICE_NAME', key: 'telemetry.service_name' },
];

/** The layer that the environment gives. */
export function environmentLayer(
  environment: Environment,
  readFile: FileReader,
): { readonly tree: TreeMap; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const layers = environmentKeys.flatMap((row): TreeMap[] => {
    const found = row.isSecret
      ? secretOf(row, environment, readFile)
      : textOf(row.name, environment);
    if (found === null) return [];
    if ('code' in found) {
      problems.push(found);
      return [];
    }
    const text = row.read?.(found.text) ?? found.text;
    return [treeOfText(row.key.split('.'), text, found.origin)];
  });
  // The first row of a key lies above the others.
  const tree = layers.reduceRight((below, above) => merge(below, above), emptyMap(nowhere));
  return { tree, problems };
}

interface Found {
  readonly text: string;
  readonly origin: Origin;
}

function textOf(name: string, environment: Environment): Found | null {
  const text = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (text === undefined || text === '') return null;
  return { text, origin: { is: 'environment', name } };
}

function secretOf(
  { name }: EnvironmentKey,
  environment: Environment,
  readFile: FileReader,
): Found | Problem | null {
  const direct = textOf(name, environment);
  const file = textOf(`${name}_FILE`, environment);
  if (file === null) return direct;
  const objection = (message: string): Problem => {
    return { code: 'CONFIG_INVALID', origin: file.origin, message };
  };
  if (direct !== null) return objection(`${name} is set too: which of the two counts? Unset one`);
  const read = readFile(file.text);
  if (read.is === 'absent') return objection(`there is no file ${file.text}`);
  if (read.is === 'unreadable') return objection(`cannot read ${file.text}: ${read.reason}`);
  const text = read.text.trim();
  return text === '' ? objection(`${file.text} is empty`) : { text, origin: file.origin };
}
