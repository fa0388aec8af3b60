import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import type { Log, Metrics } from '../../observe/observe.ts';
import { assert } from '../../runtime/assert.ts';
import type { Clock } from '../../runtime/clock.ts';
import { GatewayError, messageOf } from '../../runtime/errors.ts';
import type { Grammar } from '../grammar.ts';
import type { Recognizer, RecognizerSession } from '../recognizer.ts';
import { type CrewMember, type OpenThread, WorkerCrew } from '../worker-crew.ts';
import { workerThread } from '../worker-thread.ts';
import { defaultListenerSettings, type ListenerSettings } from './listener.ts';
import { type KnownGrammar, type Place, Session } from './recognizer-session.ts';
import type { RecognizerWork } from './recognizer-work.ts';
import { wordsOf } from './words-of.ts';

/** One thread keeps up with 8 who talk at once; two do on two cores what one does on one. */
const threadCountDefault = 2;
/** A second pass over 15 s of speech takes 2 s, and eight may be waited for. */
const answerMsMax = 20_000;
/** Kept ready beyond those that somebody expects: 30 MB and 0.3 s each. */
const idleGrammarsMax = 4;
/** Of a grammar, each once: a thread that makes them ready, in 1 s, listens to nobody meanwhile. */
const wordsMax = 5_000;
/** Words of a grammar that a log line names. */
const loggedWordsMax = 10;

type Member = CrewMember<RecognizerWork>;

export interface SoundSwallowerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How words are said that the dictionary lacks: a synthesizer's. */
  readonly phones: (words: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly threadCount?: number;
  readonly settings?: ListenerSettings;
  /** For tests: threads of another kind. */
  readonly open?: OpenRecognizerThread;
}

export type OpenRecognizerThread = OpenThread<
  RecognizerWork['ask'],
  RecognizerWork['tell'],
  RecognizerWork['answer'],
  RecognizerWork['news']
>;

/** What the thread of a member has been asked to make ready. */
interface Readied {
  readonly threadNumber: number;
  readonly byKey: Map<string, Promise<void>>;
}

/** Recognizes by SoundSwallower in threads of its own, over which the callers are spread. */
export class SoundSwallowerRecognizer implements Recognizer {
  readonly #parts: SoundSwallowerParts;
  readonly #crew: WorkerCrew<RecognizerWork>;
  readonly #sessions = new Set<Session>();
  readonly #speaking = new Map<number, Session>();
  readonly #keys = new WeakMap<Grammar, string>();
  /** In the order of use. */
  readonly #grammars = new Map<string, KnownGrammar>();
  readonly #readied = new Map<Member, Readied>();
  #lastUtterance = 0;

  constructor(parts: SoundSwallowerParts) {
    this.#parts = parts;
    const { clock, log, metrics, settings = defaultListenerSettings } = parts;
    this.#crew = new WorkerCrew<RecognizerWork>({
      name: 'recognizer',
      size: parts.threadCount ?? threadCountDefault,
      open: parts.open ?? workerThread(workerFile(), settings),
      probe: { type: 'probe' },
      onNews: (_, { utterance, text }) => this.#speaking.get(utterance)?.hear(utterance, text),
      onChange: (member) => this.#onChange(member),
      ...{ answerMsMax, clock, log, metrics },
    });
  }

  get isHealthy(): boolean {
    return this.#crew.isHealthy;
  }

  /** Loads everything, so that the first grammar is ready as soon as any. */
  warm(): Promise<void> {
    return this.#crew.warm();
  }

  open(onPartial: (text: string) => void): RecognizerSession {
    const place: Place = {
      know: (grammar) => this.#know(grammar),
      ready: (member, grammar) => this.#ready(member, grammar),
      begin: () => {
        this.#lastUtterance += 1;
        this.#speaking.set(this.#lastUtterance, session);
        return this.#lastUtterance;
      },
      end: (utterance) => this.#speaking.delete(utterance),
      leave: () => this.#sessions.delete(session),
      member: (current) => this.#memberFor(current),
      onCut: () =>
        this.#parts.metrics.count('offhook_limits_total', { limit: 'speech_recognized' }),
    };
    const session = new Session(place, onPartial);
    this.#sessions.add(session);
    return session;
  }

  close(): Promise<void> {
    return this.#crew.close();
  }

  /** The one that a session has, unless it is down and another is not. */
  #memberFor(current: Member | null): Member {
    if (current?.isUp) return current;
    const sessionCount = (member: Member): number =>
      [...this.#sessions].filter((session) => session.member === member).length;
    const members = this.#crew.members.filter(({ isUp }) => isUp);
    const [first, ...others] = members.length > 0 ? members : this.#crew.members;
    assert(first !== undefined, 'a crew has members');
    return others.reduce(
      (least, member) => (sessionCount(member) < sessionCount(least) ? member : least),
      first,
    );
  }

  async #know(grammar: Grammar): Promise<KnownGrammar> {
    const key = this.#keyOf(grammar);
    const known = this.#grammars.get(key) ?? (await this.#learn(key, grammar));
    this.#grammars.delete(key);
    this.#grammars.set(key, known);
    this.#forgetIdle(key);
    return known;
  }

  async #learn(key: string, grammar: Grammar): Promise<KnownGrammar> {
    const ask = { type: 'unknown-words', words: [...wordsOf(grammar)] } as const;
    if (ask.words.length > wordsMax) {
      const message = `the grammar has ${ask.words.length} words, above the limit of ${wordsMax}`;
      throw new GatewayError('REQUEST_INVALID', message, { wordsMax });
    }
    const answer = await this.#memberFor(null).ask(ask);
    assert(answer.type === 'unknown-words', 'a thread that is asked for words answers with them');
    const phones = await this.#parts.phones(answer.words);
    const lacking = answer.words.filter((word) => !phones.has(word));
    if (lacking.length > 0) {
      const words = lacking.slice(0, loggedWordsMax).join(' ');
      this.#parts.log.warn('words that cannot be said', { count: lacking.length, words });
    }
    return { key, grammar, phones };
  }

  /** Asks at once, so that what is told after this call finds the grammar ready. */
  #ready(member: Member, { key, grammar, phones }: KnownGrammar): Promise<void> {
    const byKey = this.#readiedOn(member);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const asked = member.ask({ type: 'prepare', key, grammar, phones }).then(() => undefined);
    // The first ask starts a thread, which counts from then on.
    const current = this.#readiedOn(member);
    current.set(key, asked);
    asked.catch(() => current.delete(key));
    return asked;
  }

  #readiedOn(member: Member): Map<string, Promise<void>> {
    const { threadNumber } = member;
    const readied = this.#readied.get(member);
    if (readied?.threadNumber === threadNumber) return readied.byKey;
    const byKey = new Map<string, Promise<void>>();
    this.#readied.set(member, { threadNumber, byKey });
    return byKey;
  }

  #forgetIdle(wanted: string): void {
    const expected = new Set([...this.#sessions].map(({ grammar }) => grammar?.key));
    const idle = [...this.#grammars.keys()].filter((key) => key !== wanted && !expected.has(key));
    for (const key of idle.slice(0, Math.max(0, idle.length - idleGrammarsMax))) {
      this.#grammars.delete(key);
      for (const member of this.#crew.members) {
        if (this.#readiedOn(member).delete(key)) member.tell({ type: 'forget', key });
      }
    }
  }

  /** A new thread has forgotten what the one before it knew. */
  #onChange(member: Member): void {
    if (!member.isUp) return;
    for (const session of this.#sessions) {
      if (session.member !== member || session.grammar === null) continue;
      this.#ready(member, session.grammar).catch((error: unknown) => {
        this.#parts.log.warn('a grammar was not set again', { error: messageOf(error) });
      });
    }
  }

  #keyOf(grammar: Grammar): string {
    const known = this.#keys.get(grammar);
    if (known !== undefined) return known;
    const text = JSON.stringify([grammar.root, [...grammar.rules]]);
    const key = createHash('sha256').update(text).digest('base64url');
    this.#keys.set(grammar, key);
    return key;
  }
}

/** The built file beside the built one, the source beside the source. */
function workerFile(): URL {
  return new URL(`./recognizer.worker${extname(import.meta.url)}`, import.meta.url);
}
