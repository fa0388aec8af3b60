import { clockTime, markUnheard } from '../../store/describe-session.ts';
import type { JournalEntry } from '../../store/store.ts';
import type { CallSound } from '../place-call.ts';
import { type Terminal, type Tone, wrapped } from '../terminal.ts';

/** Somebody is heard above this, of 32768: -45 dBFS. */
const soundPeak = 184;
const frameMs = 20;
/** Between two words of one speaker it is shorter. */
const pauseMs = 400;
const nameColumns = 10;
const timeColumns = 11;
const indent = ' '.repeat(timeColumns + nameColumns);

type Event = JournalEntry['type'];
type EntryOf<Type extends Event> = Extract<JournalEntry, { type: Type }>;

/** Tells a call as it happens: a line for what was said and done, and who is speaking now. */
export class LiveView {
  readonly #terminal: Terminal;
  /** By reply: from the end of the caller's words to the agent's first sound. */
  readonly #answerMs = new Map<string, number>();
  /** Of the tool calls under way. */
  readonly #arguments = new Map<string, string>();
  readonly #lastSoundMs = { caller: -pauseMs, agent: -pauseMs };
  #shownCount = 0;
  #elapsedMs = 0;
  #speaker = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows those of `entries` that it has not shown yet. */
  show(entries: readonly JournalEntry[]): void {
    for (const entry of entries.slice(this.#shownCount)) this.#showEntry(entry);
    this.#shownCount = entries.length;
  }

  /** Keeps the last line of a terminal at who is speaking. */
  hear({ caller, agent }: CallSound): void {
    this.#elapsedMs += frameMs;
    if (caller.some(isSound)) this.#lastSoundMs.caller = this.#elapsedMs;
    if (agent.some(isSound)) this.#lastSoundMs.agent = this.#elapsedMs;
    const speaker = (['caller', 'agent'] as const)
      .filter((side) => this.#elapsedMs - this.#lastSoundMs[side] < pauseMs)
      .join(' and ');
    if (speaker === this.#speaker && this.#elapsedMs % 1_000 !== 0) return;
    this.#speaker = speaker;
    const who = speaker === '' ? '' : `${speaker} …`;
    this.#terminal.progress(`${clockTime(this.#elapsedMs)}  ${this.#terminal.tint('faint', who)}`);
  }

  #showEntry(entry: JournalEntry): void {
    if (entry.type === 'caller-said') {
      this.#print(entry.spokenAtMs, ['caller', 'caller'], entry.text);
    } else if (entry.type === 'turn' && entry.responseMs !== null) {
      this.#answerMs.set(entry.replyId, entry.responseMs);
    } else if (entry.type === 'agent-said') this.#showSpeech(entry);
    else if (entry.type === 'barge-in') {
      const left = `${inSeconds(entry.unheardMs)} more were not heard`;
      const what = `the caller cuts in after ${inSeconds(entry.heardMs)}; ${left}`;
      this.#print(entry.atMs, ['barge-in', 'warning'], what);
    } else if (entry.type === 'tool-call') this.#arguments.set(entry.callId, entry.argumentsJson);
    else if (entry.type === 'tool-result') this.#showResult(entry);
    else if (entry.type === 'error') {
      this.#print(entry.atMs, ['error', 'bad'], `${entry.code}: ${entry.message}`);
    }
  }

  #showSpeech({ replyId, spokenAtMs, text, heardText, words }: EntryOf<'agent-said'>): void {
    const answerMs = this.#answerMs.get(replyId);
    this.#answerMs.delete(replyId);
    const latency = answerMs === undefined ? '' : ` [after\u00a0${Math.round(answerMs)}\u00a0ms]`;
    const told = heardText === text || words.length === 0 ? heardText : markUnheard(words);
    this.#print(spokenAtMs, ['agent', 'agent'], told + latency);
  }

  #showResult({ callId, atMs, name, outcome, code, tookMs }: EntryOf<'tool-result'>): void {
    const given = this.#arguments.get(callId) ?? '';
    this.#arguments.delete(callId);
    const what = `${name} ${given} → ${code ?? outcome}, ${Math.round(tookMs)} ms`;
    this.#print(atMs, ['tool', outcome === 'ok' ? 'good' : 'bad'], what);
  }

  #print(atMs: number, [name, tone]: readonly [string, Tone], text: string): void {
    const { tint, columns, print, progress } = this.#terminal;
    progress('');
    const [first = '', ...rest] = wrapped(text, columns - indent.length);
    print(`${clockTime(atMs)}  ${tint(tone, name.padEnd(nameColumns))}${first}`);
    for (const line of rest) print(indent + line);
  }
}

function isSound(sample: number): boolean {
  return Math.abs(sample) > soundPeak;
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
