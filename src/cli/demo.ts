import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConverterFactory } from '../audio/converter.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import { writeWav } from '../audio/wav.ts';
import { type Gateway, shippedPrompts } from '../main.ts';
import { demoScript, emulatorScript } from '../realtime-server/script.ts';
import { systemClock } from '../runtime/clock.ts';
import { systemRandom } from '../runtime/random.ts';
import { connectTcp } from '../runtime/tcp-socket.ts';
import { describeSession } from '../store/describe-session.ts';
import { collectEntries } from '../store/read-entries.ts';
import type { JournalEntry } from '../store/store.ts';
import { audioSocketFormats } from '../transports/audiosocket/wire.ts';
import { callerSpeech } from './caller-speech.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type CallerLine, type CallResult, placeCall } from './place-call.ts';
import { withPrivateGateway } from './private-gateway.ts';
import { showCall } from './show-timeline.ts';
import { type Terminal, tableLines, wrapped } from './terminal.ts';

const format = 'slin';
/** The caller cuts in this long after the agent began its long answer. */
const interruptAfterMs = 3_500;
/** A person waits about this long before it answers. */
const quietMs = 700;
/** What the demo's caller says; the scripted voice is told so, because it cannot listen. */
const callerLines = [
  { recording: 'caller-1', text: 'Hello. Can you tell me how you work?' },
  { recording: 'caller-2', text: 'Wait, stop, that is enough, thank you.' },
] as const;

const indent = ' '.repeat(21);

export interface DemoOptions {
  /** Where the stereo recording goes. */
  readonly record: string;
}

/**
 * `offhook demo`: the main job in one process and without key, database or network: a call is
 * placed over a real socket, answered by the scripted voice, cut off once, recorded and told.
 */
export async function runDemo(options: DemoOptions, terminal: Terminal): Promise<ExitCode> {
  const script = emulatorScript.parse({
    ...demoScript,
    callerSays: callerLines.map(({ text }) => text),
  });
  return await withPrivateGateway(script, (gateway) => demonstrate(gateway, options, terminal));
}

async function demonstrate(
  gateway: Gateway,
  { record }: DemoOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const random = systemRandom();
  terminal.print(
    terminal.tint('strong', `A call to Offhook on 127.0.0.1:${gateway.audioSocketPort}`) +
      ' (AudioSocket, 8 kHz), answered by its scripted voice.',
  );
  terminal.print();
  let sessionId = '';
  const result = await placeCall(
    {
      host: '127.0.0.1',
      port: gateway.audioSocketPort,
      uuid: random.uuid(),
      format,
      lines: linesOfDemo(),
      holdMs: 5_000,
      callMsMax: 60_000,
    },
    {
      clock: systemClock(),
      connect: connectTcp,
      onSecond: (elapsedMs) => {
        sessionId = gateway.sessions.all()[0]?.sessionId ?? sessionId;
        terminal.progress(`calling, ${elapsedMs / 1_000} s`);
      },
    },
  );
  terminal.progress('');
  const entries = await collectEntries(gateway.journal.entries(sessionId));
  for (const line of describeSession(entries)) {
    for (const part of wrapped(line, terminal.columns, indent)) terminal.print(part);
  }
  terminal.print();
  showCall(terminal, result);
  writeFileSync(record, writeWav(result.rateHz, [result.caller, result.agent]), { mode: 0o600 });
  terminal.print();
  const facts = demoFacts(entries, result, record);
  for (const line of tableLines(terminal, facts)) terminal.print(line);
  showNext(terminal);
  return exitCodeOf(entries, result);
}

/** Asks, cuts the long answer off, and lets the agent say goodbye. */
function linesOfDemo(): readonly CallerLine[] {
  const converters = createConverterFactory(createResamplerFactory());
  const [question, interruption] = callerLines.map(({ recording }) =>
    callerSpeech(join(shippedPrompts, `${recording}.wav`), audioSocketFormats[format], converters),
  );
  return [
    { cue: { type: 'after-agent', quietMs }, speech: question! },
    { cue: { type: 'over-agent', afterMs: interruptAfterMs }, speech: interruption! },
  ];
}

function demoFacts(
  entries: readonly JournalEntry[],
  { timeline }: CallResult,
  record: string,
): readonly (readonly string[])[] {
  const answersMs = timeline.turns
    .flatMap(({ responseMs }) => responseMs ?? [])
    .sort((left, right) => left - right);
  const medianMs = answersMs[Math.floor((answersMs.length - 1) / 2)];
  const latency =
    medianMs === undefined
      ? 'no answer'
      : `${Math.round(medianMs)} ms median, ${Math.round(answersMs.at(-1)!)} ms worst`;
  const said = entries.flatMap((entry) => (entry.type === 'agent-said' ? entry.words : []));
  const heard = said.filter(({ state }) => state === 'heard').length;
  const count = (type: JournalEntry['type']) =>
    String(entries.filter((entry) => entry.type === type).length);
  return [
    ['turns', String(timeline.turns.length)],
    ['answer after the caller', latency],
    ['interruptions', count('barge-in')],
    ["agent's words heard", `${heard} of ${said.length}`],
    ['tools used', count('tool-call')],
    ['errors', count('error')],
    ['recording', `${record} (left: caller, right: agent)`],
  ];
}

/** True only when the whole job was done: asked, answered, cut off, said goodbye, hung up. */
function exitCodeOf(entries: readonly JournalEntry[], result: CallResult): ExitCode {
  const has = (type: JournalEntry['type']) => entries.some((entry) => entry.type === type);
  const isWhole = has('barge-in') && has('caller-said') && has('session-end') && !has('error');
  if (result.timeline.agent.length === 0) return exitCodes.unheard;
  return isWhole && result.end === 'agent-hung-up' ? exitCodes.done : exitCodes.failed;
}

function showNext(terminal: Terminal): void {
  terminal.print();
  terminal.print('Next:');
  const steps = [
    ['npm start', 'serve until stopped: HTTP on 8787, AudioSocket on 9092'],
    ['docs/asterisk.md', 'the dialplan that sends your telephone here'],
    ['OPENAI_API_KEY=… OFFHOOK_PROVIDER=openai_realtime npm start', 'a real model answers'],
  ];
  for (const line of tableLines(terminal, steps)) terminal.print(`  ${line}`);
}
