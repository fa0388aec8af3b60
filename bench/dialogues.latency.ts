/** How long callers wait for an answer, as the sound on the line shows it. */
import type { LogLine } from '../sim/recorders.ts';
import type { CallResult } from '../src/cli/place-call.ts';
import type { JournalEntry } from '../src/store/store.ts';
import type { SpokenLine } from '../test/dialogues/play-scenario.ts';

/**
 * The gateway's clock of a call begins with its first byte, and a turn with what lies before it.
 */
const turnBeginsMsMax = 700;

/** A line of the script where the recording has it, in milliseconds of the call. */
export interface SpokenTurn {
  readonly startMs: number;
  readonly speechEndMs: number;
  /** The agent's first sound after it; `null`: none came before the caller spoke again. */
  readonly answerMs: number | null;
  readonly isOverAgent: boolean;
}

/** What the gateway did to a turn. */
export interface Hearing {
  /** `null`: as configured. */
  readonly hangOverMs: number | null;
  readonly recognitionMs: number;
}

/** All that was said in words, found again in what the line carried. */
export function turnsIn(
  { rateHz, caller, timeline }: CallResult,
  lines: readonly SpokenLine[],
): readonly SpokenTurn[] {
  const samplesPerMs = rateHz / 1000;
  let from = 0;
  const said = lines.flatMap(({ speech, speechEndMs }) => {
    const samples = samplesOf(speech);
    const at = placeOf(samples, caller, from);
    if (at === null) return [];
    from = at + samples.length;
    return { startMs: at / samplesPerMs, speechEndMs };
  });
  return said.flatMap(({ startMs, speechEndMs }, index) => {
    if (speechEndMs === null) return [];
    const endMs = startMs + speechEndMs;
    const untilMs = said[index + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const answer = timeline.agent.find((each) => each.startMs >= endMs && each.startMs < untilMs);
    const isOverAgent = timeline.agent.some((each) => each.startMs < endMs && each.endMs > startMs);
    return { startMs, speechEndMs: endMs, answerMs: answer?.startMs ?? null, isOverAgent };
  });
}

function samplesOf(bytes: Uint8Array): Int16Array {
  return new Int16Array(Uint8Array.from(bytes).buffer);
}

/** Where `samples` lie in `line`, which they began on a frame of. */
function placeOf(samples: Int16Array, line: Int16Array, from: number): number | null {
  const frame = 160;
  for (let at = Math.ceil(from / frame) * frame; at + samples.length <= line.length; at += frame) {
    if (samples.every((sample, index) => line[at + index] === sample)) return at;
  }
  return null;
}

/** What the log says of a turn that began then. */
export function hearingOf(
  turn: SpokenTurn,
  entries: readonly JournalEntry[],
  log: readonly LogLine[],
): Hearing | null {
  const words = entries.find(
    (entry) =>
      entry.type === 'caller-said' &&
      entry.spokenAtMs > turn.startMs - turnBeginsMsMax &&
      entry.spokenAtMs < turn.speechEndMs,
  );
  const itemId = words?.type === 'caller-said' ? words.itemId : null;
  const line = log.find(
    ({ message, fields }) => message === 'turn recognized' && fields['itemId'] === itemId,
  );
  if (line === undefined) return null;
  const { hangOverMs, recognitionMs } = line.fields;
  if (typeof recognitionMs !== 'number') return null;
  return { hangOverMs: typeof hangOverMs === 'number' ? hangOverMs : null, recognitionMs };
}
