import { bytesPerMs } from '../src/audio/format.ts';
import type { SpeechDetector, SpeechEdge } from '../src/speech/detector.ts';
import { type TaggedSound, tags } from './tagged-sound.ts';

const startMs = 60;
const endMs = 400;

/** Confirms speech by its tag: it knows an echo when it hears one. */
export class ScriptedDetector implements SpeechDetector {
  readonly #sound: TaggedSound;
  readonly #onEdge: (edge: SpeechEdge) => void;
  #loudMs = 0;
  #quietMs = 0;
  #isSpeech = false;

  constructor(sound: TaggedSound, onEdge: (edge: SpeechEdge) => void) {
    this.#sound = sound;
    this.#onEdge = onEdge;
  }

  push(bytes: Uint8Array, offset: number, length: number): void {
    const ms = length / bytesPerMs(this.#sound.format);
    const tag = this.#sound.tagOf(bytes, offset, length);
    const isLoud = tag === tags.voice || tag === tags.second;
    this.#loudMs = isLoud ? this.#loudMs + ms : 0;
    this.#quietMs = isLoud ? 0 : this.#quietMs + ms;
    if (!this.#isSpeech && this.#loudMs >= startMs) {
      this.#isSpeech = true;
      this.#onEdge('speech-start');
    } else if (this.#isSpeech && this.#quietMs >= endMs) {
      this.#isSpeech = false;
      this.#onEdge('speech-end');
    }
  }

  reset(): void {
    this.#isSpeech = false;
    this.#loudMs = 0;
    this.#quietMs = 0;
  }
}
