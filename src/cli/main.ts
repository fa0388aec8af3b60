import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../runtime/clock.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { systemRandom } from '../runtime/random.ts';
import { audioSocketFormatNames } from '../transports/audiosocket/wire.ts';
import { addAiCommands } from './ai-commands.ts';
import type { CallOptions } from './call.ts';
import type { DemoOptions } from './demo.ts';
import type { EmulateOptions } from './emulate.ts';
import { type ExitCode, exitCodeHelp, exitCodes } from './exit-codes.ts';
import { stopSignals } from './stop-signals.ts';
import { addStoreCommands } from './store-commands.ts';
import { type Terminal, terminal } from './terminal.ts';

export interface RunOptions {
  /** How the program was started: what its help and hints tell a person to type. */
  readonly invocation: 'clone' | 'installed';
}

/** Runs one command line and gives the exit code. Commands are loaded when they are used. */
export async function run(argv: readonly string[], options: RunOptions): Promise<number> {
  const { stdout, stderr } = process;
  const { TERM, NO_COLOR } = process.env;
  const person = terminal({ out: stdout, errors: stderr, env: { TERM, NO_COLOR } });
  const outcome: Outcome = { exitCode: exitCodes.done };
  const program = programFor(options, person, outcome);
  await addConfig(program, argv, person, (exitCode) => {
    outcome.exitCode = exitCode;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return outcome.exitCode;
  } catch (thrown) {
    return exitCodeOf(thrown, person);
  }
}

/** Where a command leaves its exit code: commander gives nothing back. */
interface Outcome {
  exitCode: ExitCode;
}

function exitCodeOf(thrown: unknown, person: Terminal): ExitCode {
  // Commander has said it already.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : exitCodes.misused;
  person.progress('');
  person.complain(`offhook: ${messageOf(thrown)}`);
  if (!(thrown instanceof GatewayError)) {
    person.complain(thrown instanceof Error ? (thrown.stack ?? '') : '');
    return exitCodes.failed;
  }
  if (thrown.code === 'CALL_UNANSWERED') return exitCodes.unreachable;
  const isMisuse = /^(CONFIG_|REQUEST_|WAV_|LISTEN_UNSAFE)/.test(thrown.code);
  return isMisuse ? exitCodes.misused : exitCodes.failed;
}

function programFor(options: RunOptions, person: Terminal, outcome: Outcome): Command {
  const name = options.invocation === 'clone' ? 'npm run offhook --' : 'npx offhook';
  const program = new Command(name)
    .description('Answers the phone with an AI agent.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => person.print(text.trimEnd()),
      writeErr: (text) => person.complain(text.trimEnd()),
      getOutHelpWidth: () => person.columns,
      getErrHelpWidth: () => person.columns,
    })
    .addHelpText('after', `\n${exitCodeHelp}`);
  const end = (exitCode: ExitCode) => {
    outcome.exitCode = exitCode;
  };
  addServe(program, name, person, end);
  addDemo(program, name, person, end);
  addCall(program, name, person, end);
  addEmulate(program, name, person);
  const exampleOf = (...lines: readonly string[]) => example(name, ...lines);
  addStoreCommands(program, { person, configuration, end, example: exampleOf });
  addAiCommands(program, { person, end, example: exampleOf });
  addSeed(program, name, person, end);
  addDoctor(program, name, person, end);
  return program;
}

type End = (exitCode: ExitCode) => void;

function example(name: string, ...lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${name} ${line}`).join('\n')}`;
}

function addServe(program: Command, name: string, person: Terminal, end: End): void {
  interface Given {
    readonly config?: string;
    readonly provider?: string;
  }
  program
    .command('serve')
    .description('Take calls until stopped: AudioSocket on 9092, HTTP on 8787.')
    .option('--config <file>', 'YAML; by default config/ai-agent.yaml, if it is there')
    .option('--provider <name>', 'who speaks with callers: local, openai_realtime')
    .addHelpText('after', example(name, 'serve --provider local'))
    .action(async ({ config, ...given }: Given) => {
      const [{ serve }, { defaultConfigPath }] = await Promise.all([
        import('./serve.ts'),
        import('../config/load.ts'),
      ]);
      const isConfigRequired = config !== undefined;
      end(await serve({ ...given, config: config ?? defaultConfigPath, isConfigRequired }, person));
    });
}

function addDemo(program: Command, name: string, person: Terminal, end: End): void {
  program
    .command('demo')
    .description('Place a call to a gateway of its own: no key, no database, no network.')
    .option('--record <file>', 'the stereo recording', 'demo-call.wav')
    .option('--once', 'end after the call, also at a terminal', false)
    .option('--quiet', 'play nothing aloud', false)
    .addHelpText('after', example(name, 'demo', 'demo --once --quiet'))
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('./demo.ts');
      const { first: stopped } = stopSignals(systemClock());
      const path = process.env['PATH'] ?? '';
      end(await runDemo(options, { terminal: person, path, stopped }));
    });
}

function addCall(program: Command, name: string, person: Terminal, end: End): void {
  const formats = new Option('--format <name>', 'audiosocket.format of the far end');
  program
    .command('call')
    .description('Call an AudioSocket server as Asterisk does and measure how it answers.')
    .requiredOption('--to <host:port>', 'the AudioSocket server')
    .option('--wav <file...>', 'what the caller says, one after the other, each once asked')
    .option('--record <file>', 'keep both sides in a stereo WAV file (left: caller)')
    .option('--interrupt-at <ms>', 'cut in this long after the agent began to answer', wholeNumber)
    .option('--interrupt-wav <file>', 'with these words')
    .option('--start-at <ms>', 'speak then, without waiting for a greeting', wholeNumber)
    .option('--digits <keys>', 'press these keys first: 0-9 * # A-D', digits)
    .addOption(formats.choices(audioSocketFormatNames).default('slin'))
    .option('--uuid <uuid>', 'of the call; by default a new one', uuid)
    .option('--hold-ms <ms>', 'hang up when both sides were quiet this long', wholeNumber, 5_000)
    .option('--max-seconds <s>', 'hang up then at the latest', wholeNumber, 600)
    .addHelpText(
      'after',
      example(name, 'call --to 127.0.0.1:9092 --wav prompts/caller-1.wav --record call.wav'),
    )
    .action(async (options: CallOptions) => {
      const { runCall } = await import('./call.ts');
      end(await runCall(options, person));
    });
}

function addEmulate(program: Command, name: string, person: Terminal): void {
  program
    .command('emulate')
    .description('Serve the OpenAI Realtime protocol, from a script or by our own engine.')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'where to listen; 0: any free port', wholeNumber, 9401)
    .option('--script <file>', 'YAML or JSON; by default the demo script')
    .option('--brain <name>', 'who answers: scripted, local', 'scripted')
    .option('--tls-cert <file>', 'certificate, for wss://')
    .option('--tls-key <file>', 'its key')
    .option('--config <file>', 'of the brain local; by default config/ai-agent.yaml')
    .addHelpText('after', example(name, 'emulate --port 9401', 'emulate --brain local'))
    .action(async ({ config, ...options }: EmulateOptions & { readonly config?: string }) => {
      const { emulate } = await import('./emulate.ts');
      const { promptRecordings } = await import('./prompt-recordings.ts');
      const emulator = await emulate(options, {
        clock: systemClock(),
        random: systemRandom(),
        print: person.print,
        samples: promptRecordings().audio,
        async openEngine() {
          const { emulatedEngine } = await import('./emulated-engine.ts');
          return await emulatedEngine(await configuration(config), person.complain);
        },
      });
      await stopSignals(systemClock()).first;
      await emulator.close();
    });
}

function addSeed(program: Command, name: string, person: Terminal, end: End): void {
  interface Given {
    readonly config?: string;
    readonly remove: boolean;
  }
  program
    .command('seed')
    .description('Fill the database with something to talk about.')
    .command('demo')
    .description(
      'Write two menus, a ledger and tax rules, all marked as demonstration data. The embedded ' +
        'database is written while no gateway runs.',
    )
    .option('--config <file>', 'YAML; by default config/ai-agent.yaml, if it is there')
    .option('--remove', 'delete them instead', false)
    .addHelpText('after', example(name, 'seed demo', 'seed demo --remove'))
    .action(async ({ config, remove }: Given) => {
      const { seed } = await import('./seed.ts');
      const { database } = await configuration(config);
      end(await seed({ database, isRemoval: remove }, person));
    });
}

function addDoctor(program: Command, name: string, person: Terminal, end: End): void {
  interface Given {
    readonly config?: string;
    readonly json: boolean;
  }
  program
    .command('doctor')
    .description('Check keys, ports, disk, clock and audio path, and say how to mend each.')
    .option('--config <file>', 'YAML; by default config/ai-agent.yaml, if it is there')
    .option('--json', 'one object, for machines', false)
    .addHelpText('after', example(name, 'doctor'))
    .action(async ({ config, json }: Given) => {
      const [{ examine }, { defaultConfigPath }] = await Promise.all([
        import('./examine.ts'),
        import('../config/load.ts'),
      ]);
      const isConfigRequired = config !== undefined;
      const path = config ?? defaultConfigPath;
      end(await examine({ config: path, isConfigRequired, isJson: json }, person));
    });
}

/** The configuration of the gateway of this folder, or of the file that was named. */
async function configuration(path?: string): Promise<Config> {
  const [
    { defaultConfigPath, loadConfig },
    { personaFolders },
    { readConfigFile },
    { configError },
  ] = await Promise.all([
    import('../config/load.ts'),
    import('../config/persona-files.ts'),
    import('../config/read-config-file.ts'),
    import('../config/problem.ts'),
  ]);
  const loaded = loadConfig({
    path: path ?? defaultConfigPath,
    isRequired: path !== undefined,
    readFile: readConfigFile,
    environment: process.env,
    personas: personaFolders(),
  });
  if (!loaded.isValid) throw configError(loaded.problems);
  return loaded.config;
}

/** The schema costs time to load: `config` has its commands only when it is asked for. */
async function addConfig(
  program: Command,
  argv: readonly string[],
  person: Terminal,
  end: End,
): Promise<void> {
  if (argv[0] !== 'config') {
    program.command('config').description('Look at the configuration: check, print, schema.');
    return;
  }
  const [{ registerConfig }, { personaFolders }, { readConfigFile }] = await Promise.all([
    import('./config.ts'),
    import('../config/persona-files.ts'),
    import('../config/read-config-file.ts'),
  ]);
  const given = { readFile: readConfigFile, environment: process.env, personas: personaFolders() };
  const deps = { terminal: person, ...given };
  registerConfig(program, { ...deps, onExit: end });
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function digits(text: string): string {
  if (/^[0-9*#A-D]{1,64}$/i.test(text)) return text.toUpperCase();
  throw new InvalidArgumentError('Keys are 0-9 * # A-D.');
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must look like 40325ec2-5efd-4bd3-805f-53576e581d13.');
}
