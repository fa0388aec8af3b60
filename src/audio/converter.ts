import { assert } from '../runtime/assert.ts';
import { type AudioFormat, bytesPerSample, type Encoding, isSameFormat } from './format.ts';
import { alaw, alawOfMulaw, type CompandingLaw, mulaw, mulawOfAlaw } from './g711.ts';
import { blockSamplesMax } from './kernel/fir-kernel.ts';
import type { Resampler, ResamplerFactory } from './resample.ts';
import { type SampleBlock, sampleBlock } from './sample-block.ts';

/** Turns one stream of bytes from one audio format into another, in chunks of any size. */
export interface Converter {
  readonly from: AudioFormat;
  readonly to: AudioFormat;
  /** How much later a sound stands in what comes out than in what went in. 0 at equal rates. */
  readonly delayMs: number;
  /** Most bytes that `length` more can give: the room `convert` needs. */
  bytesMax(length: number): number;
  /** Room that `flush` needs. */
  readonly flushBytesMax: number;
  /**
   * Takes all `length` bytes of `source` from `offset`, writes to `target` from `targetOffset` and
   * returns the bytes written. Half a sample is kept for the next call. The two must not overlap.
   */
  convert(
    source: Uint8Array,
    offset: number,
    length: number,
    target: Uint8Array,
    targetOffset: number,
  ): number;
  /** Ends the stream: writes the sound still inside (`delayMs` of it) and resets. */
  flush(target: Uint8Array, targetOffset: number): number;
  /** Forgets all it heard, as at a cut. */
  reset(): void;
  /** Gives memory back; safe to call twice. Not to be used after it. */
  close(): void;
}

export type ConverterFactory = (from: AudioFormat, to: AudioFormat) => Converter;

/** Cheapest way for each pair: a copy, a table of 256 codes, or decode, resample and encode. */
export function createConverterFactory(resamplers: ResamplerFactory): ConverterFactory {
  const shared = sampleBlock(blockSamplesMax);
  return (from, to) => {
    if (isSameFormat(from, to)) return new CopyConverter(from);
    if (from.rateHz !== to.rateHz) {
      return new SampleConverter(from, to, resamplers.open(from.rateHz, to.rateHz));
    }
    const codes = codeTable(from.encoding, to.encoding);
    if (codes) return new CodeConverter(from, to, codes);
    return new SampleConverter(from, to, new SameRate(shared));
  };
}

function codeTable(from: Encoding, to: Encoding): Uint8Array | null {
  if (from === 'mulaw' && to === 'alaw') return alawOfMulaw;
  return from === 'alaw' && to === 'mulaw' ? mulawOfAlaw : null;
}

/** Copies bytes between arrays without making a view of either. */
function copyBytes(
  source: Uint8Array,
  offset: number,
  length: number,
  target: Uint8Array,
  targetOffset: number,
): void {
  assert(targetOffset + length <= target.length, 'The target of a conversion has room for it.');
  Buffer.prototype.copy.call(source, target, targetOffset, offset, offset + length);
}

class CopyConverter implements Converter {
  readonly from: AudioFormat;
  readonly to: AudioFormat;
  readonly delayMs = 0;
  readonly flushBytesMax = 0;

  constructor(format: AudioFormat) {
    this.from = format;
    this.to = format;
  }

  bytesMax(length: number): number {
    return length;
  }

  convert(
    source: Uint8Array,
    offset: number,
    length: number,
    target: Uint8Array,
    targetOffset: number,
  ): number {
    copyBytes(source, offset, length, target, targetOffset);
    return length;
  }

  flush(): number {
    return 0;
  }

  reset(): void {
    // Keeps nothing.
  }

  close(): void {
    // Owns nothing.
  }
}

class CodeConverter extends CopyConverter {
  override readonly to: AudioFormat;
  readonly #codes: Uint8Array;

  constructor(from: AudioFormat, to: AudioFormat, codes: Uint8Array) {
    super(from);
    this.to = to;
    this.#codes = codes;
  }

  override convert(
    source: Uint8Array,
    offset: number,
    length: number,
    target: Uint8Array,
    targetOffset: number,
  ): number {
    assert(targetOffset + length <= target.length, 'The target of a conversion has room for it.');
    for (let index = 0; index < length; index += 1) {
      target[targetOffset + index] = this.#codes[source[offset + index]!]!;
    }
    return length;
  }
}

/** What `SampleConverter` asks of a resampler. */
type SampleStage = Pick<
  Resampler,
  | 'source'
  | 'target'
  | 'blockSamples'
  | 'delayMs'
  | 'samplesMax'
  | 'flushSamplesMax'
  | 'run'
  | 'flush'
  | 'reset'
  | 'close'
>;

/** The stage for equal rates: what goes in stands where it comes out. */
class SameRate implements SampleStage {
  readonly blockSamples = blockSamplesMax;
  readonly delayMs = 0;
  readonly flushSamplesMax = 0;
  readonly source: SampleBlock;
  readonly target: SampleBlock;

  constructor(block: SampleBlock) {
    this.source = block;
    this.target = block;
  }

  samplesMax(sampleCount: number): number {
    return sampleCount;
  }

  run(sampleCount: number): number {
    return sampleCount;
  }

  flush(): number {
    return 0;
  }

  reset(): void {
    // Keeps nothing.
  }

  close(): void {
    // Owns nothing.
  }
}

const laws: Readonly<Record<Encoding, CompandingLaw | null>> = { mulaw, alaw, pcm_s16le: null };

/** Decode, resample, encode, in blocks. */
class SampleConverter implements Converter {
  readonly from: AudioFormat;
  readonly to: AudioFormat;
  readonly delayMs: number;
  readonly flushBytesMax: number;
  readonly #stage: SampleStage;
  readonly #decoder: CompandingLaw | null;
  readonly #encoder: CompandingLaw | null;
  /** The first byte of a PCM sample whose second has not come, or -1. */
  #halfSample = -1;

  constructor(from: AudioFormat, to: AudioFormat, stage: SampleStage) {
    this.from = from;
    this.to = to;
    this.delayMs = stage.delayMs;
    this.flushBytesMax = stage.flushSamplesMax * bytesPerSample(to);
    this.#stage = stage;
    this.#decoder = laws[from.encoding];
    this.#encoder = laws[to.encoding];
  }

  bytesMax(length: number): number {
    const sampleCount = Math.ceil(length / bytesPerSample(this.from));
    return this.#stage.samplesMax(sampleCount) * bytesPerSample(this.to);
  }

  convert(
    source: Uint8Array,
    offset: number,
    length: number,
    target: Uint8Array,
    targetOffset: number,
  ): number {
    const blockBytes = (this.#stage.blockSamples - 1) * bytesPerSample(this.from);
    let written = 0;
    for (let taken = 0; taken < length; taken += blockBytes) {
      const sampleCount = this.#decode(
        source,
        offset + taken,
        Math.min(blockBytes, length - taken),
      );
      written += this.#encode(this.#stage.run(sampleCount), target, targetOffset + written);
    }
    return written;
  }

  flush(target: Uint8Array, targetOffset: number): number {
    this.#halfSample = -1;
    return this.#encode(this.#stage.flush(), target, targetOffset);
  }

  reset(): void {
    this.#halfSample = -1;
    this.#stage.reset();
  }

  close(): void {
    this.#stage.close();
  }

  /** Puts `length` bytes into the block of the stage; returns how many samples it holds. */
  #decode(source: Uint8Array, offset: number, length: number): number {
    const { samples, bytes } = this.#stage.source;
    const law = this.#decoder;
    if (law) {
      const { sampleOf } = law;
      for (let index = 0; index < length; index += 1) {
        samples[index] = sampleOf[source[offset + index]!]!;
      }
      return length;
    }
    let filled = 0;
    if (this.#halfSample >= 0) {
      bytes[0] = this.#halfSample;
      filled = 1;
    }
    copyBytes(source, offset, length, bytes, filled);
    filled += length;
    this.#halfSample = filled % 2 === 1 ? bytes[filled - 1]! : -1;
    return filled >> 1;
  }

  /** Writes `sampleCount` samples of the block; returns the bytes. */
  #encode(sampleCount: number, target: Uint8Array, targetOffset: number): number {
    const { samples, bytes } = this.#stage.target;
    const law = this.#encoder;
    if (!law) {
      copyBytes(bytes, 0, 2 * sampleCount, target, targetOffset);
      return 2 * sampleCount;
    }
    assert(targetOffset + sampleCount <= target.length, 'The target has room for what comes.');
    const { codeOf } = law;
    for (let index = 0; index < sampleCount; index += 1) {
      target[targetOffset + index] = codeOf[samples[index]! & 0xffff]!;
    }
    return sampleCount;
  }
}
