import { unreachable } from '../runtime/assert.ts';
import type { JournalEntry, SpokenWord } from './store.ts';

type EntryOf<Type extends JournalEntry['type']> = Extract<JournalEntry, { type: Type }>;

/**
 * One session for a person to read, a line an event in the order in which it happened; speech
 * stands where it was spoken. What the agent said and the caller did not hear is in ~tildes~, a
 * word cut in two ends with a dash. Empty for no entries.
 */
export function describeSession(entries: readonly JournalEntry[]): readonly string[] {
  const timed = entries.map((entry) => ({ entry, atMs: spokenAtMs(entry) }));
  timed.sort((left, right) => left.atMs - right.atMs);
  const lines = timed.flatMap(({ entry, atMs }) => {
    const time = clockTime(atMs);
    const [who, what] = describe(entry);
    return [`${time}  ${who.padEnd(nameWidth)}  ${what}`];
  });
  const missingCount = entries.length === 0 ? 0 : entries.at(-1)!.sequence + 1 - entries.length;
  if (missingCount > 0) lines.push(`${missingCount} entries are missing`);
  return lines;
}

/** The longest name in the second column: `session`, `barge-in`. */
const nameWidth = 8;

function spokenAtMs(entry: JournalEntry): number {
  return 'spokenAtMs' in entry ? entry.spokenAtMs : entry.atMs;
}

function describe(entry: JournalEntry): readonly [who: string, what: string] {
  switch (entry.type) {
    case 'session-start':
      return ['session', describeStart(entry)];
    case 'session-end':
      return [
        'session',
        `ended: ${entry.cause}, after ${inSeconds(entry.durationMs)}, ` +
          `agent heard ${inSeconds(entry.agentHeardMs)}`,
      ];
    case 'link':
      return ['link', `${entry.state} (${entry.reason})`];
    case 'caller-said':
      return [entry.party ?? 'caller', entry.text];
    case 'agent-said':
      return ['agent', `${entry.party ? '(to second) ' : ''}${describeSpeech(entry)}`];
    case 'barge-in':
      return [
        'barge-in',
        `after ${inSeconds(entry.heardMs)}, ${inSeconds(entry.unheardMs)} not heard`,
      ];
    case 'turn':
      return [
        'turn',
        entry.responseMs === null ? 'unasked' : `answered after ${Math.round(entry.responseMs)} ms`,
      ];
    case 'reply':
      return ['reply', describeReply(entry)];
    case 'tool-call':
      return ['tool', `${entry.name} ${entry.argumentsJson}`];
    case 'tool-result':
      return ['tool', describeResult(entry)];
    case 'party':
      return ['party', entry.party === 'nobody' ? 'caller on hold' : entry.party];
    case 'persona-change':
      return ['persona', `${entry.persona}, by ${entry.by}`];
    case 'digit':
      return ['caller', 'pressed *'];
    case 'prompt':
      return ['prompt', entry.name];
    case 'error':
      return ['error', `${entry.code}: ${entry.message}`];
    default:
      return unreachable(entry);
  }
}

function describeStart(entry: EntryOf<'session-start'>): string {
  const { atEpochMs, dialledNumber, model, persona, provider, sessionId, transport, trust } = entry;
  const numbers = `${entry.callerNumber ?? 'unknown'} to ${dialledNumber ?? 'unknown'}`;
  const started = new Date(atEpochMs).toISOString();
  const who = `${persona} by ${provider} ${model}`;
  return `${sessionId} began ${started}: ${numbers}, ${transport}, ${trust}, ${who}`;
}

function describeSpeech(entry: EntryOf<'agent-said'>): string {
  const { heardMs, heardText, receivedMs, text, words } = entry;
  const isWhole = heardText === text;
  if (isWhole) return text;
  const heard = `heard ${inSeconds(heardMs)} of ${inSeconds(receivedMs)}`;
  return `${words.length === 0 ? heardText : markUnheard(words)}  [${heard}]`;
}

/** What was heard, a word that was cut in two with a dash, and in ~tildes~ what was not heard. */
export function markUnheard(words: readonly SpokenWord[]): string {
  const heard = words.filter((word) => word.state === 'heard').map((word) => word.text);
  const cut = words.filter((word) => word.state === 'partly').map((word) => `${word.text}–`);
  const unheard = words.filter((word) => word.state === 'unheard').map((word) => word.text);
  const rest = unheard.length === 0 ? [] : [`~${unheard.join(' ')}~`];
  return [...heard, ...cut, ...rest].join(' ');
}

function describeReply({ outcome, reason, usage }: EntryOf<'reply'>): string {
  const why = reason === null ? '' : ` (${reason})`;
  if (usage === null) return `${outcome}${why}`;
  const inTokens = usage.inputTextTokens + usage.inputAudioTokens;
  const outTokens = usage.outputTextTokens + usage.outputAudioTokens;
  const { costUsdMicros } = usage;
  const cost = costUsdMicros === null ? '' : `, USD ${(costUsdMicros / 1e6).toFixed(4)}`;
  return `${outcome}${why}, ${inTokens} tokens in, ${outTokens} out${cost}`;
}

function describeResult({
  code,
  name,
  outcome,
  outputJson,
  tookMs,
}: EntryOf<'tool-result'>): string {
  const how = code === null ? outcome : `${outcome} ${code}`;
  return `${name} ${how} in ${Math.round(tookMs)} ms: ${outputJson}`;
}

/** `m:ss.mmm` since the session started. */
export function clockTime(atMs: number): string {
  const ms = Math.max(0, Math.round(atMs));
  const seconds = Math.floor(ms / 1_000);
  const parts = [Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0')].join(':');
  return `${parts}.${String(ms % 1_000).padStart(3, '0')}`.padStart(9);
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
