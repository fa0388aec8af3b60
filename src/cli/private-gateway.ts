import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { configError } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import { type Gateway, startGateway } from '../main.ts';
import { jsonLog } from '../observe/log.ts';
import { redactor } from '../observe/redact.ts';
import type { EmulatorScript } from '../realtime-server/script.ts';
import { systemClock } from '../runtime/clock.ts';

/**
 * Runs `work` with a whole gateway of its own: on free ports, everything else at its default, the
 * scripted voice, a journal and a database that are gone afterwards. Only its errors are logged.
 */
export async function withPrivateGateway<Result>(
  script: EmulatorScript,
  work: (gateway: Gateway) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-'));
  try {
    const gateway = await startPrivateGateway(script, directory);
    try {
      return await work(gateway);
    } finally {
      await gateway.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startPrivateGateway(script: EmulatorScript, directory: string): Promise<Gateway> {
  const config = privateConfig(directory);
  const clean = redactor([]);
  return await startGateway({
    config: () => config,
    scrub: clean.secretsOnly,
    script,
    makeLog: () =>
      jsonLog({
        levels: { level: 'error', components: {} },
        redactor: clean,
        epochMs: () => systemClock().epochMs(),
        write: (line) => process.stderr.write(line),
      }),
  });
}

function privateConfig(directory: string): Config {
  const name = 'built in';
  const loaded = loadConfig({
    path: '',
    isRequired: false,
    readFile: () => ({ is: 'absent' }),
    environment: {},
    flags: [
      { name, key: 'audiosocket.port', value: '0' },
      { name, key: 'api.port', value: '0' },
      { name, key: 'journal.dir', value: join(directory, 'journal') },
      { name, key: 'database.dir', value: join(directory, 'store') },
      { name, key: 'default_provider', value: 'local' },
    ],
  });
  if (!loaded.isValid) throw configError(loaded.problems);
  return loaded.config;
}
