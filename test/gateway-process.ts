import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudioSocketCaller } from '../sim/audiosocket-caller.ts';
import { sine } from '../src/audio/tone.ts';
import { writeWav } from '../src/audio/wav.ts';
import { type CallResult, type PlaceCallOptions, placeCall } from '../src/cli/place-call.ts';
import type { EmulatorScriptSource } from '../src/realtime-server/script.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { connectTcp } from '../src/runtime/tcp-socket.ts';
import { promptNames } from '../src/session/state.ts';
import { collectEntries, everyEntry } from '../src/store/read-entries.ts';
import { segmentReader } from '../src/store/segment-files.ts';
import type { JournalEntry } from '../src/store/store.ts';
import { ProcessLog } from './process-log.ts';

/**
 * The gateway's recordings are replaced by tones this short: a test need not listen to them. None
 * of their samples is zero.
 */
export const promptSamples = 1_600;

/** Where steps are left that clear up when a test is over. */
export interface Cleanup {
  after(step: () => unknown): void;
}

export interface GatewayOptions {
  /** Sections of `config/ai-agent.yaml`, laid over what every test needs. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What the provider `local` says. */
  readonly script?: EmulatorScriptSource;
}

/** `offhook serve` as a process of its own. */
export interface GatewayProcess {
  readonly pid: number;
  readonly apiUrl: string;
  readonly audioSocketPort: number;
  readonly log: ProcessLog;
  /** Settles with the exit code. */
  readonly exit: Promise<number | null>;
  /** Places a call by AudioSocket and settles when it has ended. */
  call(options?: Partial<PlaceCallOptions>): Promise<CallResult>;
  /** Connects as Asterisk does and says nothing by itself. */
  connect(): Promise<AudioSocketCaller>;
  /** Everything in the journal by now, whatever the session. */
  journal(): Promise<readonly JournalEntry[]>;
}

/** Starts a gateway on free ports and waits until it serves; it ends with the test. */
export async function startGateway(
  t: Cleanup,
  options: GatewayOptions = {},
): Promise<GatewayProcess> {
  const { folder, log, exit, pid } = spawnGateway(t, options);
  const { api, audioSocketPort } = await log.line('Offhook serves');
  const address = { host: '127.0.0.1', port: Number(audioSocketPort) };
  return {
    pid,
    log,
    exit,
    apiUrl: String(api),
    audioSocketPort: address.port,
    call: (call = {}) => {
      const quiet = { format: 'slin', lines: [], holdMs: 1_000, callMsMax: 10_000 } as const;
      const deps = { clock: systemClock(), connect: connectTcp };
      return placeCall({ ...address, uuid: randomUUID(), ...quiet, ...call }, deps);
    },
    connect: async () => new AudioSocketCaller(await connectTcp(address)),
    journal: () => collectEntries(everyEntry(segmentReader(join(folder, 'journal')))),
  };
}

/** The process as soon as it runs, whether it will serve or not. */
export function spawnGateway(t: Cleanup, options: GatewayOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-test-'));
  const config = join(folder, 'ai-agent.yaml');
  // YAML holds JSON.
  writeFileSync(config, JSON.stringify(configOf(options, folder)));
  const program = join(import.meta.dirname, 'offhook.child.ts');
  const child = spawn(process.execPath, [program, 'serve', '--config', config], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = new ProcessLog();
  child.stdout.on('data', (bytes: Buffer) => log.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => log.push(bytes));
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      log.end();
      resolve(code);
    });
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
    rmSync(folder, { recursive: true });
  });
  return { folder, log, exit, pid: child.pid ?? 0 };
}

function configOf({ config = {}, script }: GatewayOptions, folder: string): object {
  const local = join(folder, 'script.json');
  writeFileSync(local, JSON.stringify(script ?? { replies: [{ say: 'Hello.' }] }));
  const needed = {
    audiosocket: { port: 0 },
    api: { port: 0 },
    journal: { dir: join(folder, 'journal') },
    prompts: { dir: writePrompts(join(folder, 'prompts')) },
    providers: { local: { script: local } },
    // Tests keep the machine busy: that must not refuse their calls.
    session: { loop_lag_max_ms: 1_000 },
    logging: { level: 'debug' },
  };
  const sections = Object.entries(needed).map(([name, section]) => {
    const given = config[name];
    return [name, { ...section, ...(typeof given === 'object' ? given : {}) }];
  });
  // Calls need no database: a test that does says so.
  return { store: 'none', ...config, ...Object.fromEntries(sections) };
}

function writePrompts(folder: string): string {
  mkdirSync(folder);
  const tone = sine({ rateHz: 8_000, hz: 1_000, sampleCount: promptSamples, phase: Math.PI / 8 });
  for (const name of promptNames)
    writeFileSync(join(folder, `${name}.wav`), writeWav(8_000, [tone]));
  return folder;
}
