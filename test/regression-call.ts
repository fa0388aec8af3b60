/**
 * The call of docs/regressions/openai-realtime-audiosocket.md: a gateway process, the emulator as
 * its model, a caller by AudioSocket.
 *
 *     node test/regression-call.ts --write
 *
 * places it and writes docs/regressions/openai-realtime-audiosocket.jsonl anew: the log from the
 * first line of the call to its last, then the journal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createConverterFactory } from '../src/audio/converter.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import { callerSpeech } from '../src/cli/caller-speech.ts';
import type { CallResult } from '../src/cli/place-call.ts';
import { emulatorScript } from '../src/realtime-server/script.ts';
import type { JournalEntry } from '../src/store/store.ts';
import { audioSocketFormats } from '../src/transports/audiosocket/wire.ts';
import { startEmulator } from './emulator.ts';
import { type Cleanup, startGateway } from './gateway-process.ts';
import type { LogLine } from './process-log.ts';

const root = join(import.meta.dirname, '..');
const regression = join(root, 'docs', 'regressions', 'openai-realtime-audiosocket');
export const walkthroughPath = `${regression}.md`;
export const recordPath = `${regression}.jsonl`;

/** A line of the record: of the log it has `msg`, of the journal `sequence`. */
export type RecordLine = LogLine | JournalEntry;

export interface RegressionCall {
  readonly result: CallResult;
  readonly record: readonly RecordLine[];
  /** What /metrics said when the call was over. */
  readonly metrics: string;
}

/** Places the call; `t` gets what must be cleared away afterwards. */
export async function placeRegressionCall(t: Cleanup): Promise<RegressionCall> {
  const script = emulatorScript.parse(parse(readFileSync(`${regression}.yaml`, 'utf8')));
  const emulator = await startEmulator(script);
  t.after(() => emulator.close());
  const openai_realtime = { base_url: emulator.url };
  const gateway = await startGateway(t, {
    config: { default_provider: 'openai_realtime', providers: { openai_realtime } },
  });
  const [question, objection] = speechOf('caller-1.wav', 'caller-2.wav');
  const result = await gateway.call({
    uuid: '40325ec2-5efd-4bd3-805f-53576e581d13',
    lines: [
      { cue: { type: 'after-agent', quietMs: 700 }, speech: question! },
      { cue: { type: 'over-agent', afterMs: 1_500 }, speech: objection! },
    ],
    holdMs: 5_000,
    callMsMax: 30_000,
  });
  await gateway.log.line('call ended');
  const metrics = await (await fetch(`${gateway.apiUrl}/metrics`)).text();
  const record = [...linesOfCall(gateway.log.lines), ...(await gateway.journal())];
  return { result, record, metrics };
}

function speechOf(...names: readonly string[]): Uint8Array[] {
  const converters = createConverterFactory(createResamplerFactory());
  return names.map((name) => {
    return callerSpeech(join(root, 'prompts', name), audioSocketFormats.slin, converters);
  });
}

/** From the first line of the call to its last. */
function linesOfCall(lines: readonly LogLine[]): readonly LogLine[] {
  const first = lines.findIndex(({ msg }) => msg === 'call started');
  const last = lines.findLastIndex(({ msg }) => msg === 'call ended');
  return lines.slice(first, last + 1);
}

export function readRecord(): readonly RecordLine[] {
  const lines = readFileSync(recordPath, 'utf8').trimEnd().split('\n');
  return lines.map((line): RecordLine => JSON.parse(line));
}

/** Lines that come a moment sooner or later, or only where the machine is slow. */
const unsteady = new Set([
  'caller audio does not come at the rate of audiosocket.format',
  'HTTP request',
  'could not ask for the end of a model',
  'pacing starts anew after a pause of the process',
  'rate_limits.updated',
]);

/** What is the same in every such call: no ids, no times. */
export function outlineOf(record: readonly RecordLine[]): readonly string[] {
  const steady = record.filter((line) => !('msg' in line && unsteady.has(line.msg)));
  return steady.map((line) => {
    if ('msg' in line) return `${line.level} ${line.component}: ${line.msg}`;
    return `journal: ${line.type}${factOf(line)}`;
  });
}

function factOf(entry: JournalEntry): string {
  // How much of the text had come when it was cut off is a matter of milliseconds.
  if (entry.type === 'agent-said' && entry.heardText !== entry.text) return ' in part';
  if ('text' in entry) return ` ${entry.text}`;
  if ('outcome' in entry) return ` ${entry.outcome}`;
  if ('cause' in entry) return ` ${entry.cause}`;
  if ('name' in entry) return ` ${entry.name}`;
  return 'state' in entry ? ` ${entry.state}` : '';
}

async function write(): Promise<void> {
  const undo: (() => unknown)[] = [];
  try {
    const { record } = await placeRegressionCall({ after: (step) => undo.push(step) });
    writeFileSync(recordPath, record.map((line) => `${JSON.stringify(line)}\n`).join(''));
    console.log(`${record.length} lines: ${recordPath}`);
  } finally {
    for (const step of undo) await step();
  }
}

if (import.meta.main && process.argv.includes('--write')) await write();
