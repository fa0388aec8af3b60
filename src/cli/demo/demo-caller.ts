import type { JournalEntry } from '../../store/store.ts';
import type { CallerLine, CallerScript, Cue } from '../place-call.ts';

/** A person waits about this long before it answers. */
const quietMs = 500;
/** The caller lets the agent name some dishes before it cuts in. */
const cutInAfterMs = 4_000;
/** A caller whom nobody answers says it once more after this. */
const patienceMs = 6_000;
/** A person who was not understood this often gives up. */
const attemptsMax = 3;

/** What the caller of the demo says, and how it tells that it was understood. */
export interface DemoLine {
  readonly text: string;
  /** It is said over the agent's answer to the line before. */
  readonly cutsIn?: boolean;
  /** Judges by what has happened since it was said. */
  readonly isUnderstood: (since: readonly JournalEntry[]) => boolean;
}

export interface SpokenLine extends DemoLine {
  /** In the format of the call. */
  readonly speech: Uint8Array;
}

const called = (tool: string) => (since: readonly JournalEntry[]) =>
  since.some((entry) => entry.type === 'tool-call' && entry.name === tool);
const told = (words: RegExp) => (since: readonly JournalEntry[]) =>
  since.some((entry) => entry.type === 'agent-said' && words.test(entry.text));

export const demoLines: readonly DemoLine[] = [
  { text: 'What is on the menu in Kigali?', isUnderstood: called('lookup_menu') },
  {
    text: "I'd like two goat brochettes.",
    cutsIn: true,
    isUnderstood: told(/goat brochettes/i),
  },
  { text: 'What goes with that?', isUnderstood: called('recommend_pairing') },
  { text: 'No, make it three.', isUnderstood: told(/three portions of goat brochettes/i) },
  { text: 'That is all, thank you.', isUnderstood: told(/shall i place it/i) },
  { text: 'Yes please.', isUnderstood: called('place_order') },
  { text: 'Goodbye.', isUnderstood: called('hangup_call') },
];

/**
 * A caller who speaks when the agent has finished, cuts in where the script says so, and says once
 * more what was not understood.
 */
export class DemoCaller implements CallerScript {
  readonly #lines: readonly SpokenLine[];
  readonly #entries: readonly JournalEntry[];
  #saidCount = 0;
  /** Of the line that was offered last, and how often it has been said. */
  #offered = 0;
  #last = -1;
  #attempts = 0;
  /** Where the entries begin that came after the last line. */
  #since = 0;

  /** `entries` is the record of the call, which grows. */
  constructor(lines: readonly SpokenLine[], entries: readonly JournalEntry[]) {
    this.#lines = lines;
    this.#entries = entries;
  }

  at(index: number): CallerLine | undefined {
    if (index > this.#saidCount) this.#noteSaid(index);
    const line = this.#lines[this.#last];
    const since = this.#entries.slice(this.#since);
    // Between two sentences the agent pauses: it has finished once its reply is on record.
    const cue: Cue = since.some(({ type }) => type === 'agent-said')
      ? { type: 'after-agent', quietMs }
      : { type: 'after-silence', quietMs: patienceMs };
    if (line === undefined) return this.#offer(0, cue);
    const isUnderstood = line.isUnderstood(since);
    if (!isUnderstood && this.#attempts >= attemptsMax) return undefined;
    const next = isUnderstood ? this.#last + 1 : this.#last;
    const cutsIn = isUnderstood && this.#lines[next]?.cutsIn === true;
    return this.#offer(next, cutsIn ? { type: 'over-agent', afterMs: cutInAfterMs } : cue);
  }

  #noteSaid(index: number): void {
    this.#saidCount = index;
    this.#attempts = this.#offered === this.#last ? this.#attempts + 1 : 1;
    this.#last = this.#offered;
    this.#since = this.#entries.length;
  }

  #offer(index: number, cue: Cue): CallerLine | undefined {
    this.#offered = index;
    const line = this.#lines[index];
    return line && { cue, speech: line.speech };
  }
}
