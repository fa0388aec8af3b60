import { readFile } from 'node:fs/promises';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { LocalEngine } from '../main/local-engine.ts';
import type { Brain } from '../realtime-server/brain.ts';
import type { Fault } from '../realtime-server/faults.ts';
import { type ListenOptions, listenRealtime } from '../realtime-server/listener.ts';
import { RealtimeServer, type ServerNote } from '../realtime-server/realtime-server.ts';
import { demoScript, type EmulatorScript, emulatorScript } from '../realtime-server/script.ts';
import { scriptBrain } from '../realtime-server/script-brain.ts';
import type { SampleLibrary } from '../realtime-server/script-sound.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';

/**
 * `offhook emulate`: a server that speaks OpenAI's Realtime protocol, from a script for tests, or
 * with our own engine behind it.
 */
export interface EmulateOptions {
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  /** A YAML or JSON file in the shape of `emulatorScript`; the demo script when left out. */
  readonly script?: string;
  /** PEM files; both or none. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** `scripted` unless it is said. */
  readonly brain?: string;
}

export interface EmulateDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** One line for a person, without its line end. */
  readonly print: (line: string) => void;
  /** Recordings that scripts name. */
  readonly samples?: SampleLibrary;
  /** Loads our own engine, for the brain `local`. */
  readonly openEngine?: () => Promise<Pick<LocalEngine, 'brain' | 'close'>>;
}

export interface Emulator extends Closer {
  readonly url: string;
}

/** The port that other people's tests find in our documents. */
export const emulatePort = 9401;

/** Starts the emulator, prints its address, then a line for each connection. */
export async function emulate(options: EmulateOptions, deps: EmulateDeps): Promise<Emulator> {
  const { clock, random, print } = deps;
  const onNote = (note: ServerNote): void => print(lineOf(note));
  const played = await openBrain(options, deps);
  const server = new RealtimeServer({ clock, random, onNote, ...played });
  const listener = await listenRealtime(server, {
    clock,
    port: options.port,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(await readTls(options)),
    onLimit: (limit) => onNote({ type: 'limit', limit }),
  });
  print(`Realtime emulator with ${played.name} at ${listener.url}?model=gpt-realtime`);
  return {
    url: listener.url,
    async close() {
      await listener.close();
      await played.close();
    },
  };
}

/** Who answers, and what goes wrong. */
interface Played extends Closer {
  readonly name: string;
  readonly brain: Brain;
  readonly faults: readonly Fault[];
}

async function openBrain(options: EmulateOptions, deps: EmulateDeps): Promise<Played> {
  const { brain: name = 'scripted' } = options;
  if (name === 'local' && deps.openEngine !== undefined && options.script === undefined) {
    const engine = await deps.openEngine();
    return { name: 'our own engine', faults: [], brain: engine.brain, close: () => engine.close() };
  }
  if (name !== 'scripted') {
    const message = `--brain ${name} is not known: there is scripted and, without a script, local`;
    throw new GatewayError('CONFIG_INVALID', message, { brain: name });
  }
  const script = await readScript(options.script);
  return {
    name: `the script '${script.name}'`,
    brain: scriptBrain(script, deps.samples),
    faults: script.faults,
    close: async () => undefined,
  };
}

function lineOf(note: ServerNote): string {
  switch (note.type) {
    case 'opened':
      return `${note.connectionId} opened, model ${note.model || 'none (transcription)'}`;
    case 'closed':
      return `${note.connectionId} closed after ${(note.durationMs / 1000).toFixed(1)} s`;
    case 'refused':
      return `refused with HTTP ${note.status}${note.code === null ? '' : ` ${note.code}`}`;
    default:
      return `limit reached: ${note.limit}`;
  }
}

export async function readScript(path: string | undefined): Promise<EmulatorScript> {
  if (path === undefined) return demoScript;
  const text = await readText(path);
  const parsed = emulatorScript.safeParse(parseScript(path, text));
  if (parsed.success) return parsed.data;
  throw new GatewayError('CONFIG_INVALID', `${path}: ${z.prettifyError(parsed.error)}`, { path });
}

function parseScript(path: string, text: string): unknown {
  try {
    return parseYaml(text);
  } catch (thrown) {
    if (!(thrown instanceof YAMLParseError)) throw thrown;
    throw new GatewayError('CONFIG_INVALID', `${path}: ${thrown.message}`, { path }, thrown);
  }
}

async function readTls(options: EmulateOptions): Promise<Pick<ListenOptions, 'tls'>> {
  const { tlsCert, tlsKey } = options;
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new GatewayError('CONFIG_INVALID', '--tls-cert and --tls-key go together');
  }
  return { tls: { cert: await readText(tlsCert), key: await readText(tlsKey) } };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const message = `cannot read ${path}: ${messageOf(thrown)}`;
    throw new GatewayError('CONFIG_INVALID', message, { path }, thrown);
  }
}
