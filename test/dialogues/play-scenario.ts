import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import {
  type CallEnd,
  type CallResult,
  type Cue,
  type PlaceCallDeps,
  placeCall,
} from '../../src/cli/place-call.ts';
import type { Gateway } from '../../src/main.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { connectTcp } from '../../src/runtime/tcp-socket.ts';
import { FliteSynthesizer } from '../../src/speech/flite/flite-synthesizer.ts';
import type { Synthesizer } from '../../src/speech/synthesizer.ts';
import { collectEntries } from '../../src/store/read-entries.ts';
import type { JournalEntry } from '../../src/store/store.ts';
import { callerSound } from './caller-sound.ts';
import {
  type Scenario,
  type ScriptedLine,
  type ScriptedSound,
  type ScriptedTool,
  scenarios,
} from './scenarios.ts';

/** Agents pause less than this between two sentences. */
const quietMs = 700;
/** Longer than the gateway bears silence. */
const holdMs = 20_000;
const callMsMax = 70_000;
const lookEveryMs = 20;
/** Entries are safe on disk, and a session is told to end, well before this. */
const lastEntryMsMax = 5_000;

/** What the caller of a scenario says next. */
export interface SpokenLine {
  readonly cue: Cue;
  readonly speech: Uint8Array;
  /** Where in `speech` nobody speaks any more; `null`: nobody spoke. */
  readonly speechEndMs: number | null;
}

export interface PlayedScenario {
  readonly end: CallEnd;
  /** How late the caller's worst frame left. */
  readonly latenessMsMax: number;
  readonly entries: readonly JournalEntry[];
  readonly ordered: readonly { readonly name: string; readonly quantity: number }[];
}

/** What all callers say, by title, made before the first call so that none is slowed. */
export async function allLines(): Promise<ReadonlyMap<string, readonly SpokenLine[]>> {
  const deps = { clock: systemClock(), log: recordingLog(), metrics: recordingMetrics() };
  const voice = new FliteSynthesizer(deps);
  const spoken = await Promise.all(scenarios.map((scenario) => linesOf(scenario, voice)));
  await voice.close();
  return new Map(scenarios.map(({ title }, index) => [title, spoken[index]!]));
}

async function linesOf(scenario: Scenario, voice: Synthesizer): Promise<readonly SpokenLine[]> {
  const { lines } = scenario;
  const sounds = await Promise.all(lines.map((each) => callerSound(each, scenario, voice)));
  return lines.map((line, index) => {
    const { bytes: speech, speechEndMs } = sounds[index]!;
    return { cue: cueOf(line, lines[index - 1]), speech, speechEndMs };
  });
}

function cueOf(
  line: ScriptedLine | ScriptedSound,
  before: ScriptedLine | ScriptedSound | undefined,
): Cue {
  // Nobody answers a noise.
  if (before !== undefined && 'makes' in before) return { type: 'after-silence', quietMs };
  if ('makes' in line || line.overAgentAfterMs === undefined) {
    return { type: 'after-agent', quietMs };
  }
  return { type: 'over-agent', afterMs: line.overAgentAfterMs };
}

/** Places the call of a scenario over a real socket. */
export async function callBy(
  call: { readonly uuid: string; readonly port: number; readonly lines: readonly SpokenLine[] },
  connect: PlaceCallDeps['connect'] = connectTcp,
): Promise<CallResult> {
  const at = { host: '127.0.0.1', format: 'slin', holdMs, callMsMax } as const;
  return await placeCall({ ...at, ...call }, { clock: systemClock(), connect });
}

/** Has the call of a scenario placed, and gathers what has come of it. */
export async function playScenario<Result extends Pick<CallResult, 'end' | 'latenessMsMax'>>(
  scenario: Scenario,
  gateway: Gateway,
  place: (uuid: string) => Promise<Result>,
): Promise<PlayedScenario & { readonly result: Result }> {
  const uuid = systemRandom().uuid();
  await announce(gateway.apiUrl, uuid, scenario);
  const [sessionId, result] = await Promise.all([sessionOf(gateway, uuid), place(uuid)]);
  const { end, latenessMsMax } = result;
  const entries = await recordOf(gateway, sessionId);
  const ordered = await orderedIn(gateway, entries);
  return { end, latenessMsMax, entries, ordered, result };
}

/** As the dialplan does before it connects the call. */
async function announce(apiUrl: string, uuid: string, scenario: Scenario): Promise<void> {
  const { persona, trust } = scenario;
  const query = trust === undefined ? '' : `?trust=${trust}`;
  const answer = await fetch(`${apiUrl}/asterisk/calls${query}`, {
    method: 'POST',
    body: JSON.stringify({ uuid, persona }),
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.status, 201, await answer.text());
}

/** The id of the session that the call becomes. */
async function sessionOf({ sessions }: Gateway, uuid: string): Promise<string> {
  const clock = systemClock();
  const startMs = clock.monotonicMs();
  while (clock.monotonicMs() - startMs < callMsMax) {
    const found = sessions.all().find(({ summary }) => summary.callId === uuid);
    if (found !== undefined) return found.summary.sessionId;
    await new Promise<void>((resolve) => void clock.setTimer(lookEveryMs, resolve));
  }
  throw new Error('the gateway has not taken the call');
}

/** The whole record of a session whose call has ended. */
async function recordOf({ journal }: Gateway, sessionId: string): Promise<readonly JournalEntry[]> {
  const clock = systemClock();
  const startMs = clock.monotonicMs();
  for (;;) {
    const entries = await collectEntries(journal.entries(sessionId));
    const isWhole = entries.at(-1)?.type === 'session-end';
    if (isWhole || clock.monotonicMs() - startMs > lastEntryMsMax) return entries;
    await new Promise<void>((resolve) => void clock.setTimer(lookEveryMs, resolve));
  }
}

async function orderedIn({ database }: Gateway, entries: readonly JournalEntry[]) {
  const sessionId = entries[0]?.sessionId ?? '';
  return await database.transaction((rows) =>
    rows
      .selectFrom('order_lines')
      .innerJoin('orders', 'orders.id', 'order_lines.order_id')
      .select(['order_lines.name', 'order_lines.quantity'])
      .where('orders.session_id', '=', sessionId)
      .orderBy('order_lines.position')
      .execute(),
  );
}

/** What was said and done, a line each, for whoever has to find out why a scenario failed. */
export function toldBy({ entries, end, latenessMsMax }: PlayedScenario): string {
  const lines = entries.flatMap((entry) => {
    if (entry.type === 'caller-said') return `caller: ${entry.text}`;
    if (entry.type === 'agent-said') return `agent:  ${entry.heardText} | ${entry.text}`;
    if (entry.type === 'tool-call') return `tool:   ${entry.name} ${entry.argumentsJson}`;
    if (entry.type === 'error') return `error:  ${entry.code} ${entry.message}`;
    if (entry.type === 'barge-in' || entry.type === 'prompt') return `${entry.type}`;
    return entry.type === 'session-end' ? `end:    ${entry.cause}` : [];
  });
  return [...lines, `line:   ${end}, worst frame ${latenessMsMax.toFixed(1)} ms`].join('\n');
}

/** Throws unless the call left behind what its scenario says. */
export function judge(scenario: Scenario, played: PlayedScenario): void {
  const { entries, ordered } = played;
  const told = toldBy(played);
  assert.deepEqual(ordered, scenario.ordered, told);
  judgeTools(scenario, entries, told);
  const cutCount = entries.filter(({ type }) => type === 'barge-in').length;
  assert.ok(cutCount >= (scenario.bargeInsMin ?? 0), told);
  const errors = entries.flatMap((entry) => (entry.type === 'error' ? entry.code : []));
  assert.deepEqual(errors, scenario.errors ?? [], told);
  const end = entries.find((entry) => entry.type === 'session-end');
  assert.equal(end?.cause, scenario.end, told);
}

function judgeTools(
  { tools, mayDoMore = false }: Scenario,
  entries: readonly JournalEntry[],
  told: string,
): void {
  const left = [...tools];
  for (const entry of entries) {
    if (entry.type !== 'tool-call') continue;
    const isNext = left[0] !== undefined && isCallOf(left[0], entry);
    if (isNext) left.shift();
    else assert.ok(mayDoMore, `${entry.name} ${entry.argumentsJson} was called\n${told}`);
  }
  assert.deepEqual(left, [], told);
}

/** Whether the tool was called with the arguments that it must be given. */
function isCallOf(
  { name, given = {} }: ScriptedTool,
  call: { readonly name: string; readonly argumentsJson: string },
): boolean {
  const { success, data } = z
    .record(z.string(), z.json())
    .safeParse(JSON.parse(call.argumentsJson));
  if (call.name !== name || !success) return false;
  return Object.entries(given).every(([key, value]) => isDeepStrictEqual(data[key], value));
}
