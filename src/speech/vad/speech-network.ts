/** Samples that one judgement takes: 32 ms at 8 kHz. */
export const hopSamples = 256;

/** The end of the hop before, which the network looks at again. */
export const contextSamples = 32;

/** The end of the hop is mirrored to complete the last spectrum. */
export const mirroredSamples = 32;

/** Spectra of a hop, the samples from one to the next, and their bins: 0 to 4 kHz. */
export const spectrumCount = 4;
export const spectrumStep = 64;
export const spectrumBins = 65;

/** Width of the recurrent layer. */
export const cellCount = 128;

/** What the network keeps of one call: 1,152 bytes. A new one has heard nothing. */
export class SpeechMemory {
  readonly context = new Float32Array(contextSamples);
  readonly hidden = new Float32Array(cellCount);
  readonly cells = new Float32Array(cellCount);
}

/**
 * Silero v6 at 8 kHz: how likely the sound of a hop is a human voice. One network serves all calls,
 * each with a memory of its own.
 *
 * Its way: context, hop and mirror image; four spectra over 128 samples each and their magnitudes;
 * four convolutions over time with rectifiers; an LSTM; one sum. Time runs along the rows of every
 * buffer, with a row of zeros where a convolution looks past the edge, so that each layer is a
 * dense one over neighbouring rows.
 */
export interface SpeechNetwork {
  readonly name: 'simd' | 'plain';
  /**
   * `hop` holds `hopSamples` samples of -1..1, the ones that follow those last given with `memory`,
   * which is brought up to date. Returns 0..1; allocates nothing.
   */
  probability(hop: Float32Array, memory: SpeechMemory): number;
}
