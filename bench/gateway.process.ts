import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ownLauncher = join(import.meta.dirname, '..', 'bin', 'offhook.js');

export interface GatewaySettings {
  readonly modelUrl: string;
  readonly format: 'slin' | 'slin24' | 'ulaw';
  readonly wire: 'auto' | 'pcm24' | 'pcmu';
  /** Options of Node, such as `--inspect=0`. */
  readonly nodeOptions?: readonly string[];
  /** `bin/offhook.js` of another copy. */
  readonly launcher?: string;
  /** Where what Node compiled is kept; where users have it, unless it is said. */
  readonly cacheFolder?: string;
}

/** The gateway that people run, as a process of its own. */
export interface GatewayProcess {
  readonly pid: number;
  readonly callPort: number;
  readonly apiUrl: string;
  /** From the start of the process until it said that it serves. */
  readonly readyMs: number;
  /** What it wrote to standard error. */
  readonly complaints: readonly string[];
  /** CPU of all its threads so far. */
  cpuMs(): Promise<number>;
  /** A series of /metrics, summed over its labels. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
  /** Ends it as an operator does. */
  end(): Promise<void>;
}

/** Starts it with its journal and its metrics, and waits until it serves. */
export async function startGateway(settings: GatewaySettings): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'));
  const config = join(folder, 'ai-agent.yaml');
  // YAML holds JSON.
  writeFileSync(config, JSON.stringify(configOf(settings, join(folder, 'journal'))));
  const { nodeOptions = [], launcher = ownLauncher, cacheFolder } = settings;
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, launcher, 'serve', '--config', config], {
    env: cacheFolder === undefined ? {} : { XDG_CACHE_HOME: cacheFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  child.stderr.on('data', (bytes: Buffer) => complaints.push(bytes.toString()));
  const { api, audioSocketPort } = await served(child, complaints);
  const readyMs = performance.now() - startedMs;
  const metric = (name: string) => sumOfSeries(`${api}/metrics`, name);
  const stopBy = async (signal: NodeJS.Signals) => {
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill(signal);
    await closed;
    rmSync(folder, { recursive: true });
  };
  return {
    pid: child.pid!,
    callPort: audioSocketPort,
    apiUrl: api,
    readyMs,
    complaints,
    metric,
    cpuMs: async () => 1000 * (await metric('process_cpu_seconds_total')),
    stop: () => stopBy('SIGKILL'),
    end: () => stopBy('SIGTERM'),
  };
}

function configOf({ modelUrl, format, wire }: GatewaySettings, journal: string): object {
  return {
    default_provider: 'openai_realtime',
    providers: { openai_realtime: { base_url: modelUrl, api_key: 'none', wire } },
    // Without a greeting nobody owes a first word: the light model speaks when it likes.
    personas: { assistant: { instructions: 'You answer the telephone.', greeting: null } },
    // Room for 1,000 calls; and the loop of a bench may be as late as it is: that is what it shows.
    session: { calls_max: 1_100, loop_lag_max_ms: 1_000, silence_prompt_s: 3_600 },
    audiosocket: { port: 0, format },
    api: { port: 0, requests_per_minute_max: 1_000_000 },
    journal: { dir: journal },
    store: 'none',
  };
}

/** The line that says so, among those of the log. */
function served(
  child: ChildProcess,
  complaints: readonly string[],
): Promise<{ readonly api: string; readonly audioSocketPort: number }> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.includes('"Offhook serves"')) resolve(JSON.parse(line));
    });
    child.once('close', () => reject(new Error(`the gateway ended:\n${complaints.join('')}`)));
  });
}

async function sumOfSeries(url: string, name: string): Promise<number> {
  const text = await (await fetch(url)).text();
  const isIts = (line: string) => line.startsWith(`${name} `) || line.startsWith(`${name}{`);
  const values = text.split('\n').filter(isIts);
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
