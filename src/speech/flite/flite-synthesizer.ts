import { extname } from 'node:path';
import { mulaw8k } from '../../audio/format.ts';
import type { Log, Metrics } from '../../observe/observe.ts';
import { assert } from '../../runtime/assert.ts';
import type { Clock } from '../../runtime/clock.ts';
import { GatewayError } from '../../runtime/errors.ts';
import { SoundCache } from '../sound-cache.ts';
import { writtenTextMax } from '../spoken-text/spoken-text.ts';
import type { SpokenSentence, Synthesizer } from '../synthesizer.ts';
import { type OpenThread, WorkerCrew } from '../worker-crew.ts';
import { workerThread } from '../worker-thread.ts';
import { defaultFliteVoice, type FliteVoice, fliteVoiceNamed } from './flite-voices.ts';
import type { FliteWork } from './flite-work.ts';

/** Threads. One makes 50 s of speech in 1 s; two end a rush sooner and keep a core busy. */
const threadCountDefault = 1;
/** 10 minutes of µ-law, 2 of 24 kHz PCM. */
const cacheBytesDefault = 5 * 1024 * 1024;
/** Sentences that wait, of all callers: at 50 ms each the last one's caller waits 10 s. */
const waitingMaxDefault = 200;
/** The longest sentence takes a thread 2.5 s on an idle machine. */
const answerMsMax = 15_000;
/** Words in one ask for phones, 0.1 s of work: a sentence that comes meanwhile waits no longer. */
const phoneWordsMax = 8;
/** Words whose phones are kept. A large menu takes 200 that no dictionary has. */
const keptPhonesMax = 5_000;
/** Names warned of, once each. They come from outside. */
const warnedVoicesMax = 100;

export interface FliteSynthesizerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly threadCount?: number;
  readonly cacheBytesMax?: number;
  readonly waitingMax?: number;
  /** For tests: threads of another kind. */
  readonly open?: OpenFliteThread;
}

export type OpenFliteThread = OpenThread<
  FliteWork['ask'],
  FliteWork['tell'],
  FliteWork['answer'],
  FliteWork['news']
>;

interface Job {
  readonly ask: FliteWork['ask'];
  readonly resolve: (answer: FliteWork['answer']) => void;
  readonly reject: (reason: unknown) => void;
}

/** Speaks by Flite in threads of its own, which start with the first sentence or with `warm`. */
export class FliteSynthesizer implements Synthesizer {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #crew: WorkerCrew<FliteWork>;
  readonly #cache: SoundCache;
  readonly #waitingMax: number;
  /**
   * Sentences first, because somebody listens for them; else first come, first served. A thread has
   * one job at a time: what waits can be dropped.
   */
  readonly #waiting = new Set<Job>();
  /** By word; `null`: it has no sound. The last ones asked for. */
  readonly #phones = new Map<string, Promise<string | null>>();
  readonly #warnedVoices = new Set<string>();

  constructor(parts: FliteSynthesizerParts) {
    const { clock, log, metrics, open = workerThread(workerFile()) } = parts;
    this.#log = log;
    this.#metrics = metrics;
    this.#cache = new SoundCache(parts.cacheBytesMax ?? cacheBytesDefault);
    this.#waitingMax = parts.waitingMax ?? waitingMaxDefault;
    this.#crew = new WorkerCrew<FliteWork>({
      name: 'synthesizer',
      size: parts.threadCount ?? threadCountDefault,
      probe: { type: 'speak', text: 'Ready.', voice: defaultFliteVoice, format: mulaw8k },
      onChange: () => this.#handOut(),
      ...{ open, answerMsMax, clock, log, metrics },
    });
  }

  get isHealthy(): boolean {
    return this.#crew.isHealthy;
  }

  /** Loads everything, so that the first sentence comes as soon as any. */
  warm(): Promise<void> {
    return this.#crew.warm();
  }

  async speak(sentence: SpokenSentence): Promise<Uint8Array> {
    const { text, format, signal } = sentence;
    signal.throwIfAborted();
    const voice = this.#voiceNamed(sentence.voice);
    const key = `${voice} ${format.encoding} ${format.rateHz} ${text}`;
    const known = this.#cache.get(key);
    // A copy: what was given away may be changed.
    if (known !== undefined) return known.slice();
    if (text.length > writtenTextMax) {
      this.#metrics.count('offhook_limits_total', { limit: 'speech_text' });
    }
    const answer = await this.#do({ type: 'speak', text, voice, format }, signal);
    assert(answer.type === 'sound', 'a thread that is asked for sound answers with it');
    this.#cache.set(key, answer.bytes.slice());
    return answer.bytes;
  }

  /** Those that are asked for again, also while they are being found, are found once. */
  async phones(words: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const unknown = words.filter((word) => !this.#phones.has(word));
    for (let at = 0; at < unknown.length; at += phoneWordsMax) {
      this.#find(unknown.slice(at, at + phoneWordsMax));
    }
    const asked = words.map(async (word) => [word, await this.#phones.get(word)] as const);
    const found = await Promise.all(asked);
    this.#forgetPhones();
    return new Map(found.flatMap(([word, phones]) => (phones ? [[word, phones]] : [])));
  }

  #find(words: readonly string[]): void {
    const answered = this.#do({ type: 'phones', words }).then((answer) => {
      assert(answer.type === 'phones', 'a thread that is asked for phones answers with them');
      return answer.byWord;
    });
    for (const word of words) {
      this.#phones.set(
        word,
        answered.then((byWord) => byWord.get(word) ?? null),
      );
    }
    answered.catch(() => {
      for (const word of words) this.#phones.delete(word);
    });
  }

  #forgetPhones(): void {
    const surplus = [...this.#phones.keys()].slice(0, -keptPhonesMax);
    for (const word of surplus) this.#phones.delete(word);
  }

  async close(): Promise<void> {
    this.#rejectWaiting('was closed');
    await this.#crew.close();
  }

  #voiceNamed(name: string): FliteVoice {
    const voice = fliteVoiceNamed(name);
    if (voice !== null) return voice;
    if (!this.#warnedVoices.has(name) && this.#warnedVoices.size < warnedVoicesMax) {
      this.#warnedVoices.add(name);
      this.#log.warn('unknown voice', { voice: name, instead: defaultFliteVoice });
    }
    return defaultFliteVoice;
  }

  /** Waits for a thread that is free. Whoever aborts while waiting was never in the way. */
  #do(ask: FliteWork['ask'], signal?: AbortSignal): Promise<FliteWork['answer']> {
    if (this.#waiting.size >= this.#waitingMax) {
      this.#metrics.count('offhook_limits_total', { limit: 'speech_waiting' });
      const message = `${this.#waitingMax} sentences wait to be spoken, which is the limit`;
      const details = { waitingMax: this.#waitingMax };
      return Promise.reject(new GatewayError('SPEECH_ENGINE_BUSY', message, details));
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(job);
        reject(signal?.reason);
      };
      const settle = (): void => signal?.removeEventListener('abort', onAbort);
      const job: Job = {
        ask,
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(job);
      this.#handOut();
    });
  }

  #handOut(): void {
    // While threads die as they come, waiting for the next one is in vain.
    const isAlone = !this.#crew.members.some(({ isUp }) => isUp);
    if (isAlone && !this.isHealthy)
      this.#rejectWaiting('its threads die as soon as they are started');
    const jobs = [...this.#waiting];
    const isSentence = ({ ask }: Job): boolean => ask.type === 'speak';
    for (const job of [...jobs.filter(isSentence), ...jobs.filter((each) => !isSentence(each))]) {
      const free = this.#crew.members.find((member) => member.isUp && member.debtCount === 0);
      if (free === undefined) return;
      this.#waiting.delete(job);
      void free
        .ask(job.ask)
        .then(job.resolve, job.reject)
        .finally(() => this.#handOut());
    }
  }

  #rejectWaiting(reason: string): void {
    const jobs = [...this.#waiting];
    this.#waiting.clear();
    const error = new GatewayError('SPEECH_ENGINE_LOST', `the synthesizer ${reason}`);
    for (const job of jobs) job.reject(error);
  }
}

/** The built file beside the built one, the source beside the source. */
function workerFile(): URL {
  return new URL(`./flite.worker${extname(import.meta.url)}`, import.meta.url);
}
