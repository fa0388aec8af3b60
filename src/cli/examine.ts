import { loadConfig } from '../config/load.ts';
import { personaFolders } from '../config/persona-files.ts';
import { configError } from '../config/problem.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import type { Config } from '../config/schema.ts';
import { fetchModel } from '../main/provider-shelf.ts';
import { modelEndOf } from '../providers/openai-realtime/model-end.ts';
import { demoScript } from '../realtime-server/script.ts';
import { systemClock } from '../runtime/clock.ts';
import { systemRandom } from '../runtime/random.ts';
import { connectTcp } from '../runtime/tcp-socket.ts';
import { type Check, runDoctor } from './doctor.ts';
import { configCheck, configuredChecks, type DoctorFacts, nodeCheck } from './doctor-checks.ts';
import type { ExitCode } from './exit-codes.ts';
import { hearItself } from './hear-itself.ts';
import { type CallResult, placeCall } from './place-call.ts';
import { withPrivateGateway } from './private-gateway.ts';
import type { Terminal } from './terminal.ts';

export interface ExamineOptions {
  readonly config: string;
  readonly isConfigRequired: boolean;
  readonly isJson: boolean;
}

/** `offhook doctor`: everything that calls need on this machine, with this configuration. */
export async function examine(options: ExamineOptions, terminal: Terminal): Promise<ExitCode> {
  const loaded = loadConfig({
    path: options.config,
    isRequired: options.isConfigRequired,
    readFile: readConfigFile,
    environment: process.env,
    personas: personaFolders(),
  });
  const configuration = configCheck(async () => {
    if (!loaded.isValid) throw configError(loaded.problems);
    return `${options.config}, ${loaded.warnings.length} warnings`;
  });
  const rest = loaded.isValid ? await checksOf(loaded.config) : [];
  const checks = [nodeCheck(process.version), configuration, ...rest];
  return await runDoctor(checks, terminal, options);
}

async function checksOf(config: Config): Promise<readonly Check[]> {
  const { api, audiosocket, journal } = config;
  const settings = config.providers.openai_realtime;
  const isVendorUsed = config.default_provider === 'openai_realtime';
  const canAsk = isVendorUsed && settings.api_key !== null;
  const facts: DoctorFacts = {
    ports: [
      { use: 'audiosocket', host: audiosocket.host, port: audiosocket.port },
      { use: 'api', host: api.host, port: api.port },
    ],
    keys: [{ name: 'OPENAI_API_KEY', isSet: settings.api_key !== null, isNeeded: isVendorUsed }],
    providers: [
      {
        name: config.default_provider,
        probe: canAsk
          ? async () => {
              await fetchModel(settings.model, settings, systemClock());
              return `the account may use ${settings.model}`;
            }
          : null,
      },
    ],
    models: canAsk ? await modelsOf(settings) : [],
    journalDirectory: journal.dir,
    hearItself: config.default_provider === 'local' ? () => hearItself(systemClock()) : null,
    placeTestCall,
  };
  return configuredChecks(facts, systemClock());
}

async function modelsOf(settings: Config['providers']['openai_realtime']) {
  const { model } = settings;
  // That the vendor cannot be asked is what the check of the provider says.
  const end = await modelEndOf(model, (id) => fetchModel(id, settings, systemClock())).catch(
    () => null,
  );
  return [{ id: model, endsAt: end?.shutdownDate ?? null }];
}

/** Through the AudioSocket port to the scripted voice and back, until its greeting is over. */
function placeTestCall(): Promise<CallResult> {
  return withPrivateGateway({ script: demoScript }, (gateway) =>
    placeCall(
      {
        host: '127.0.0.1',
        port: gateway.audioSocketPort,
        uuid: systemRandom().uuid(),
        format: 'slin',
        lines: [],
        holdMs: 1_000,
        callMsMax: 10_000,
      },
      { clock: systemClock(), connect: connectTcp },
    ),
  );
}
