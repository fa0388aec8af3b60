import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createConverterFactory } from '../audio/converter.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import { systemClock } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import { connectTcp } from '../runtime/tcp-socket.ts';
import { type AudioSocketFormatName, audioSocketFormats } from '../transports/audiosocket/wire.ts';
import { callerSpeech } from './caller-speech.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type CallerLine, type CallResult, placeCall } from './place-call.ts';
import { promptsDirectory } from './prompt-recordings.ts';
import { assertRecordable, keepRecording } from './recording.ts';
import { showCall } from './show-timeline.ts';
import type { Terminal } from './terminal.ts';

/** A person waits about this long before it answers: the caller's turn to speak has come. */
const quietMs = 700;

/** What an interrupting caller says unless `--interrupt-wav` says otherwise. */
const interruption = join(promptsDirectory, 'caller-2.wav');

/** The options of `offhook call` as the command line gives them. */
export interface CallOptions {
  readonly to: string;
  readonly wav?: readonly string[];
  readonly format: AudioSocketFormatName;
  readonly record?: string;
  readonly uuid?: string;
  readonly startAt?: number;
  readonly interruptAt?: number;
  readonly interruptWav?: string;
  readonly digits?: string;
  readonly holdMs: number;
  readonly maxSeconds: number;
}

/** `offhook call`: calls, shows who spoke when and how fast, and keeps the recording. */
export async function runCall(options: CallOptions, terminal: Terminal): Promise<ExitCode> {
  const { record } = options;
  if (record !== undefined) assertRecordable(record);
  const result = await placeCall(
    {
      ...addressOf(options.to),
      uuid: options.uuid ?? randomUUID(),
      format: options.format,
      lines: linesOf(options),
      holdMs: options.holdMs,
      callMsMax: options.maxSeconds * 1000,
    },
    {
      clock: systemClock(),
      connect: connectTcp,
      onSecond: (elapsedMs) => terminal.progress(`calling ${options.to}, ${elapsedMs / 1000} s`),
    },
  );
  terminal.progress('');
  showCall(terminal, result);
  if (record !== undefined) {
    keepRecording(record, result);
    terminal.print(`Recording: ${record} (left: caller, right: agent)`);
  }
  return exitCodeOf(result);
}

function exitCodeOf({ end, timeline }: CallResult): ExitCode {
  const isBroken = end === 'line-reset' || end === 'format-mismatch';
  return isBroken || timeline.agent.length === 0 ? exitCodes.unheard : exitCodes.done;
}

/**
 * Digits, then the first recording; the interruption over its answer; the others as the agent falls
 * quiet.
 */
function linesOf(options: CallOptions): readonly CallerLine[] {
  const format = audioSocketFormats[options.format];
  const converters = createConverterFactory(createResamplerFactory());
  const first =
    options.startAt === undefined
      ? ({ type: 'after-agent', quietMs } as const)
      : ({ type: 'at', atMs: options.startAt } as const);
  const next = { type: 'after-agent', quietMs } as const;
  const { digits, interruptAt } = options;
  const lines: CallerLine[] = digits === undefined ? [] : [{ cue: first, digits }];
  for (const [index, path] of (options.wav ?? []).entries()) {
    const cue = lines.length === 0 ? first : next;
    lines.push({ cue, speech: callerSpeech(path, format, converters) });
    if (index > 0 || interruptAt === undefined) continue;
    const speech = callerSpeech(options.interruptWav ?? interruption, format, converters);
    lines.push({ cue: { type: 'over-agent', afterMs: interruptAt }, speech });
  }
  return lines;
}

/** `HOST:PORT`, an IPv6 host in brackets. */
function addressOf(to: string): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(to);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw new GatewayError('REQUEST_INVALID', `--to ${to} is no HOST:PORT`, { to });
}
