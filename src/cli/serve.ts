import { ConfigSource, type ReloadResult } from '../config/config-source.ts';
import { secretsIn } from '../config/explain.ts';
import { type LoadResult, loadConfig } from '../config/load.ts';
import { personaFolders } from '../config/persona-files.ts';
import { configError, problemLine } from '../config/problem.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import type { Config } from '../config/schema.ts';
import { startGateway } from '../main.ts';
import { humanLog, jsonLog, type LogLevels } from '../observe/log.ts';
import { logOutput } from '../observe/log-output.ts';
import type { Log } from '../observe/observe.ts';
import { redactor } from '../observe/redact.ts';
import { systemClock } from '../runtime/clock.ts';
import { startJournalThread } from '../store/worker-port.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { stopSignals } from './stop-signals.ts';
import type { Terminal } from './terminal.ts';

export interface ServeOptions {
  readonly config: string;
  /** The file was named: it must exist. */
  readonly isConfigRequired: boolean;
  readonly provider?: string;
}

/**
 * `offhook serve`: takes calls until it is told to stop, then lets those in progress end. Told
 * again, it hangs up.
 */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const journalThread = startJournalThread();
  const load = () => loadFor(options);
  const first = load();
  if (!first.isValid) throw configError(first.problems);
  const source = new ConfigSource(first, load);
  const { config } = first;
  const clean = redactor(secretsIn(first));
  const stop = stopSignals(systemClock());
  const gateway = await startGateway({
    config: () => source.current,
    scrub: clean.secretsOnly,
    script: await scriptOf(config),
    journalThread,
    makeLog: (metrics) => {
      const makeLog = terminal.isInteractive ? humanLog : jsonLog;
      const log = makeLog({
        levels: levelsOf(config),
        redactor: clean,
        epochMs: () => systemClock().epochMs(),
        write: logOutput(1, metrics).write,
      });
      for (const warning of first.warnings) log.warn(problemLine(warning));
      return log;
    },
  });
  const reload = (): void => {
    const result = source.reload();
    clean.learn(secretsIn(source.loaded));
    reportReload(result, gateway.log);
  };
  process.on('SIGHUP', reload);
  await stop.first;
  await Promise.race([gateway.drain(), stop.second]);
  await gateway.close();
  return exitCodes.done;
}

function loadFor({ config, isConfigRequired, provider }: ServeOptions): LoadResult {
  return loadConfig({
    path: config,
    isRequired: isConfigRequired,
    readFile: readConfigFile,
    environment: process.env,
    personas: personaFolders(),
    flags:
      provider === undefined
        ? []
        : [{ name: '--provider', key: 'default_provider', value: provider }],
  });
}

function levelsOf({ logging }: Config): LogLevels {
  const ofProviders = Object.entries(logging.providers).map(
    ([name, level]) => [`providers.${name}`, level] as const,
  );
  return {
    level: logging.level,
    components: { ...logging.components, ...Object.fromEntries(ofProviders) },
  };
}

async function scriptOf({ providers }: Config) {
  const { script } = providers.local;
  if (script === null) return null;
  const { readScript } = await import('./emulate.ts');
  return await readScript(script);
}

/**
 * Says what a reload came to. The old configuration stays in force when the new one is not valid.
 */
function reportReload(result: ReloadResult, log: Log): void {
  if (result.outcome === 'unchanged') log.info('configuration read again: nothing has changed');
  if (result.outcome === 'changed') {
    const { changedKeys, restartKeys } = result;
    for (const warning of result.warnings) log.warn(problemLine(warning));
    const inForce = changedKeys.filter((key) => !restartKeys.includes(key));
    if (inForce.length > 0) {
      log.info('configuration taken over for new calls', { changedKeys: inForce });
    }
    if (restartKeys.length > 0) {
      log.warn('these changes wait for a restart: until then the old values hold', { restartKeys });
    }
  }
  if (result.outcome === 'refused') {
    for (const problem of result.problems) {
      log.error('configuration not taken over', { problem: problemLine(problem) });
    }
  }
}
