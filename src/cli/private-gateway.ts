import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { personaFolders } from '../config/persona-files.ts';
import { configError } from '../config/problem.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import type { Config } from '../config/schema.ts';
import { type Gateway, type GatewayParts, startGateway } from '../main.ts';
import { jsonLog } from '../observe/log.ts';
import type { Log } from '../observe/observe.ts';
import { redactor } from '../observe/redact.ts';
import type { EmulatorScript } from '../realtime-server/script.ts';
import { systemClock } from '../runtime/clock.ts';

export interface PrivateGateway extends Pick<GatewayParts, 'speechThreads'> {
  /** What the provider `local` says in place of our own engine. */
  readonly script: EmulatorScript | null;
  /** Keys of the configuration with their values, laid over the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Done before anything is opened. */
  readonly prepare?: (config: Config) => Promise<void>;
  /** Takes its log; else its errors go to standard error. */
  readonly log?: Log;
}

/**
 * Runs `work` with a whole gateway of its own: on free ports, everything else at its default, a
 * journal and a database that are gone afterwards.
 */
export async function withPrivateGateway<Result>(
  options: PrivateGateway,
  work: (gateway: Gateway) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-'));
  try {
    const config = privateConfig(directory, options.settings ?? {});
    await options.prepare?.(config);
    const gateway = await startPrivateGateway(options, config);
    try {
      return await work(gateway);
    } finally {
      await gateway.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startPrivateGateway(
  { script, log, speechThreads }: PrivateGateway,
  config: Config,
): Promise<Gateway> {
  const clean = redactor([]);
  const errorsOnly = () =>
    jsonLog({
      levels: { level: 'error', components: {} },
      redactor: clean,
      epochMs: () => systemClock().epochMs(),
      write: (line) => process.stderr.write(line),
    });
  return await startGateway({
    config: () => config,
    scrub: clean.secretsOnly,
    script,
    makeLog: () => log ?? errorsOnly(),
    ...(speechThreads && { speechThreads }),
  });
}

function privateConfig(directory: string, settings: Readonly<Record<string, string>>): Config {
  const name = 'built in';
  const values = {
    'audiosocket.port': '0',
    'api.port': '0',
    'journal.dir': join(directory, 'journal'),
    'database.dir': join(directory, 'store'),
    default_provider: 'local',
    ...settings,
  };
  const loaded = loadConfig({
    path: '',
    isRequired: false,
    readFile: readConfigFile,
    environment: {},
    personas: personaFolders(),
    flags: Object.entries(values).map(([key, value]) => ({ name, key, value })),
  });
  if (!loaded.isValid) throw configError(loaded.problems);
  return loaded.config;
}
