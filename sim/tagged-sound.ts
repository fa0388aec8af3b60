import { type AudioFormat, bytesPerSample, frameBytes } from '../src/audio/format.ts';

/**
 * What a sound is of, as its samples tell: 0 is silence, items of replies count from
 * `firstItemTag`. `voice` is the caller's, `second` that of who is called on their behalf.
 */
export const tags = { silence: 0, prompt: 1, voice: 2, echo: 3, stale: 4, second: 250 } as const;
export const firstItemTag = 5;
/** One less than the silent byte of µ-law may say. */
export const lastItemTag = 249;

/** PCM: far enough apart that a filter's ripple does not turn one tag into another. */
const pcmStep = 120;
/** PCM: places in a frame, in eighths, that must agree before a tag is believed. */
const probedEighths = [3, 4, 5];

/**
 * Sound that tells what it is of. In µ-law each byte is its tag, to be counted; in PCM a tag is a
 * level, which survives resampling: a frame then has one tag, or none that can be told (-1).
 */
export class TaggedSound {
  readonly format: AudioFormat;
  readonly isExact: boolean;
  readonly #view: DataView;
  readonly #step: number;
  readonly #scratch: Uint8Array;

  /** PCM: `step` is the level of a tag, small so that there is room for many. */
  constructor(format: AudioFormat, step = pcmStep) {
    this.format = format;
    this.#step = step;
    this.isExact = format.encoding === 'mulaw';
    this.#scratch = new Uint8Array(frameBytes(format));
    this.#view = new DataView(this.#scratch.buffer);
  }

  /** Fills `length` bytes of a stream that stands at `position`: a sample may be cut in two. */
  fill(bytes: Uint8Array, length: number, tag: number, position = 0): void {
    if (this.isExact) bytes.fill(tag === tags.silence ? 0xff : tag, 0, length);
    else {
      const level = tag * this.#step;
      const even = position % 2 === 0 ? level & 0xff : level >> 8;
      const odd = position % 2 === 0 ? level >> 8 : level & 0xff;
      if (even === odd) bytes.fill(even, 0, length);
      else for (let at = 0; at < length; at += 1) bytes[at] = at % 2 === 0 ? even : odd;
    }
  }

  /** Exact sound only: how many of the bytes bear the tag. */
  count(bytes: Uint8Array, offset: number, length: number, tag: number): number {
    const byte = tag === tags.silence ? 0xff : tag;
    let found = 0;
    for (let at = offset; at < offset + length; at += 1) if (bytes[at] === byte) found += 1;
    return found;
  }

  /** Exact sound only: whether no other sound than silence is in it. */
  tagAt(bytes: Uint8Array, at: number): number {
    const byte = bytes[at]!;
    return byte === 0xff ? tags.silence : byte;
  }

  /** The tag of the middle of a stretch; -1 when it cannot be told. */
  tagOf(bytes: Uint8Array, offset: number, length: number): number {
    if (this.isExact) {
      const tag = this.tagAt(bytes, offset + (length >> 1));
      // A tone may be zero in the middle of each frame.
      const isHush = this.tagAt(bytes, offset + Math.min(7, length - 1)) === tags.silence;
      return tag === tags.silence && !isHush ? -1 : tag;
    }
    const sampleCount = Math.floor(length / bytesPerSample(this.format));
    let tag = -1;
    for (const eighth of probedEighths) {
      const at = offset + 2 * Math.floor((sampleCount * eighth) / 8);
      this.#scratch[0] = bytes[at] ?? 0;
      this.#scratch[1] = bytes[at + 1] ?? 0;
      const level = this.#view.getInt16(0, true);
      const probed = Math.round(level / this.#step);
      if (Math.abs(level - probed * this.#step) > this.#step / 4) return -1;
      if (tag >= 0 && probed !== tag) return -1;
      tag = probed;
    }
    return tag;
  }
}
