import { GatewayError } from '../../runtime/errors.ts';
import type { Grammar } from '../grammar.ts';
import type { Recognition, Recognizer, RecognizerSession } from '../recognizer.ts';
import { fakeWordMs } from './fake-synthesizer.ts';

const samplesPerWord = fakeWordMs * 8;

/** What an utterance is taken for: its words, or a recognition; `lost`: the engine dies in it. */
export type ScriptedUtterance = string | Recognition | { readonly is: 'lost' };

/**
 * Takes the utterances of all its callers, in the order in which they begin, for what its script
 * says, however they sound; `refused` when the script is over. A word is told as a partial for
 * every `fakeWordMs` of audio.
 */
export class FakeRecognizer implements Recognizer {
  readonly #script: ScriptedUtterance[];
  /** What was expected, by all callers. */
  readonly expected: Grammar[] = [];
  isHealthy = true;
  isClosed = false;
  /** Sessions that were opened and not closed. */
  openCount = 0;

  constructor(script: readonly ScriptedUtterance[] = []) {
    this.#script = [...script];
  }

  /** Adds to the script. */
  willHear(...utterances: readonly ScriptedUtterance[]): void {
    this.#script.push(...utterances);
  }

  open(onPartial: (text: string) => void): RecognizerSession {
    this.openCount += 1;
    return new FakeRecognizerSession(this, () => this.#next(), onPartial);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  #next(): Recognition | { readonly is: 'lost' } {
    const scripted = this.#script.shift() ?? { is: 'refused' };
    if (typeof scripted !== 'string') return scripted;
    return { is: 'words', text: scripted, by: 'grammar' };
  }
}

class FakeRecognizerSession implements RecognizerSession {
  readonly #recognizer: FakeRecognizer;
  readonly #next: () => Recognition | { readonly is: 'lost' };
  readonly #onPartial: (text: string) => void;
  #heard: Recognition | { readonly is: 'lost' } | null = null;
  #sampleCount = 0;
  #toldCount = 0;

  constructor(
    recognizer: FakeRecognizer,
    next: () => Recognition | { readonly is: 'lost' },
    onPartial: (text: string) => void,
  ) {
    this.#recognizer = recognizer;
    this.#next = next;
    this.#onPartial = onPartial;
  }

  async expect(grammar: Grammar): Promise<void> {
    this.#recognizer.expected.push(grammar);
  }

  start(): void {
    this.#heard = this.#next();
    this.#sampleCount = 0;
    this.#toldCount = 0;
  }

  push(samples: Int16Array): void {
    if (this.#heard?.is !== 'words') return;
    this.#sampleCount += samples.length;
    const words = this.#heard.text.split(' ');
    const heardCount = Math.min(words.length, Math.floor(this.#sampleCount / samplesPerWord));
    if (heardCount === this.#toldCount) return;
    this.#toldCount = heardCount;
    this.#onPartial(words.slice(0, heardCount).join(' '));
  }

  async finish(): Promise<Recognition> {
    const heard = this.#heard;
    this.#heard = null;
    if (heard?.is === 'lost') throw new GatewayError('SPEECH_ENGINE_LOST', 'the script says so');
    return heard ?? { is: 'refused' };
  }

  close(): void {
    this.#heard = null;
    this.#recognizer.openCount -= 1;
  }
}
