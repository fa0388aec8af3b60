import { readFile } from 'node:fs/promises';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { type ListenOptions, listenRealtime } from '../realtime-server/listener.ts';
import { RealtimeServer, type ServerNote } from '../realtime-server/realtime-server.ts';
import { demoScript, type EmulatorScript, emulatorScript } from '../realtime-server/script.ts';
import { scriptBrain } from '../realtime-server/script-brain.ts';
import type { SampleLibrary } from '../realtime-server/script-sound.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import type { Random } from '../runtime/random.ts';

/** `offhook emulate`: a server that speaks OpenAI's Realtime protocol from a script, for tests. */
export interface EmulateOptions {
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  /** A YAML or JSON file in the shape of `emulatorScript`; the demo script when left out. */
  readonly script?: string;
  /** PEM files; both or none. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly brain?: string;
}

export interface EmulateDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** One line for a person, without its line end. */
  readonly print: (line: string) => void;
  /** Recordings that scripts name. */
  readonly samples?: SampleLibrary;
}

export interface Emulator extends Closer {
  readonly url: string;
}

/** The port that other people's tests find in our documents. */
export const emulatePort = 9401;

/** Starts the emulator, prints its address, then a line for each connection. */
export async function emulate(options: EmulateOptions, deps: EmulateDeps): Promise<Emulator> {
  if (options.brain !== undefined && options.brain !== 'scripted') {
    throw new GatewayError(
      'CONFIG_INVALID',
      `--brain ${options.brain} is not known: the emulator has the brain 'scripted'`,
      { brain: options.brain },
    );
  }
  const script = await readScript(options.script);
  const { clock, random, print } = deps;
  const onNote = (note: ServerNote): void => print(lineOf(note));
  const server = new RealtimeServer({
    clock,
    random,
    brain: scriptBrain(script, deps.samples),
    faults: script.faults,
    onNote,
  });
  const listener = await listenRealtime(server, {
    clock,
    port: options.port,
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(await readTls(options)),
    onLimit: (limit) => onNote({ type: 'limit', limit }),
  });
  print(`Realtime emulator with the script '${script.name}' at ${listener.url}?model=gpt-realtime`);
  return listener;
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
