import { type AudioFormat, bytesPerSample } from '../../audio/format.ts';
import { alaw, mulaw } from '../../audio/g711.ts';
import { ladderHz, sine } from '../../audio/tone.ts';
import { interleave } from '../../audio/wav.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { SpokenSentence, Synthesizer } from '../synthesizer.ts';

/** About what Flite takes for a word. */
export const fakeWordMs = 300;

/**
 * Says every word as `fakeWordMs` of a tone: the first word of any sentence the first tone of
 * `ladderHz`, and so on up and around. The same words give the same bytes. It remembers what it
 * was asked, and fails when told to.
 */
export class FakeSynthesizer implements Synthesizer {
  readonly spoken: SpokenSentence[] = [];
  isHealthy = true;
  isClosed = false;

  async speak(sentence: SpokenSentence): Promise<Uint8Array> {
    sentence.signal.throwIfAborted();
    if (!this.isHealthy) throw new GatewayError('SPEECH_ENGINE_LOST', 'the fake is told to fail');
    this.spoken.push(sentence);
    return fakeSpeech(sentence.text, sentence.format);
  }

  /** Each letter as itself: `tea` is `T E A`. */
  async phones(words: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(words.map((word) => [word, [...word.toUpperCase()].join(' ')]));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** What a `FakeSynthesizer` says. */
export function fakeSpeech(text: string, format: AudioFormat): Uint8Array {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  const sampleCount = (fakeWordMs * format.rateHz) / 1000;
  const samples = new Int16Array(words.length * sampleCount);
  for (const index of words.keys()) {
    const hz = ladderHz[index % ladderHz.length]!;
    samples.set(sine({ rateHz: format.rateHz, hz, sampleCount }), index * sampleCount);
  }
  return encoded(samples, format);
}

function encoded(samples: Int16Array, format: AudioFormat): Uint8Array {
  if (bytesPerSample(format) === 2) return interleave([samples]);
  const law = format.encoding === 'alaw' ? alaw : mulaw;
  return Uint8Array.from(samples, (sample) => law.codeOf[sample & 0xffff]!);
}
