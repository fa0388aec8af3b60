import type { ConverterFactory } from './converter.ts';
import { type AudioFormat, pcm, type RateHz } from './format.ts';
import { readWav } from './wav.ts';

/** Keeps recordings ready in every format that a call has asked for. */
export class PromptLibrary {
  readonly #converters: ConverterFactory;
  readonly #recordings: ReadonlyMap<string, Recording>;
  readonly #ready = new Map<string, Uint8Array>();

  /** `files`: whole WAV files by name. Throws `WAV_UNSUPPORTED` for one that cannot be read. */
  constructor(files: ReadonlyMap<string, Uint8Array>, converters: ConverterFactory) {
    this.#converters = converters;
    this.#recordings = new Map([...files].map(([name, bytes]) => [name, recordingOf(bytes)]));
  }

  get names(): readonly string[] {
    return [...this.#recordings.keys()];
  }

  /** The recording in `format`, shared by all who ask: never written to. `null`: there is none. */
  audio(name: string, format: AudioFormat): Uint8Array | null {
    const recording = this.#recordings.get(name);
    if (!recording) return null;
    const key = `${name}/${format.encoding}/${format.rateHz}`;
    const known = this.#ready.get(key);
    if (known) return known;
    const converted = this.#convert(recording, format);
    this.#ready.set(key, converted);
    return converted;
  }

  #convert({ bytes, rateHz }: Recording, format: AudioFormat): Uint8Array {
    const converter = this.#converters(pcm(rateHz), format);
    const room = converter.bytesMax(bytes.length) + converter.flushBytesMax;
    const target = new Uint8Array(room);
    const written = converter.convert(bytes, 0, bytes.length, target, 0);
    const length = written + converter.flush(target, written);
    converter.close();
    return target.subarray(0, length);
  }
}

interface Recording {
  /** 16-bit samples, little-endian. */
  readonly bytes: Uint8Array;
  readonly rateHz: RateHz;
}

function recordingOf(file: Uint8Array): Recording {
  const { format, samples } = readWav(file);
  const first = samples[0] ?? new Int16Array(0);
  const bytes = new Uint8Array(first.length * 2);
  const view = new DataView(bytes.buffer);
  first.forEach((sample, index) => {
    view.setInt16(index * 2, sample, true);
  });
  return { bytes, rateHz: format.rateHz };
}
