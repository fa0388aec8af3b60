/** Logarithms of energy, frame after frame of 10 ms, each of `filterCount` bands. */
export interface Spectrogram {
  readonly bands: Float32Array;
  readonly filterCount: number;
}

/** The model's own: `lifter` of its `feat_params.json`, and the 13 of `1s_c_d_dd`. */
const lifter = 22;
const cepstrumLength = 13;

/**
 * What the line and the voice have in common in all of `spectrogram`, as cepstra of SphinxBase
 * (`fe_mel_cep`, transform `dct`). Frames below the energy of any noise are digital silence and do
 * not count, as in its `cmn.c`; `null`: all of them are.
 */
export function cepstralMean({ bands, filterCount }: Spectrogram): readonly number[] | null {
  const sums = new Float64Array(filterCount);
  let frameCount = 0;
  for (let at = 0; at + filterCount <= bands.length; at += filterCount) {
    const frame = bands.subarray(at, at + filterCount);
    if (frame.reduce((sum, energy) => sum + energy, 0) < 0) continue;
    for (const [band, energy] of frame.entries()) sums[band]! += energy;
    frameCount += 1;
  }
  if (frameCount === 0) return null;
  return Array.from({ length: cepstrumLength }, (_, order) => {
    const scale = Math.sqrt((order === 0 ? 1 : 2) / filterCount) / frameCount;
    const lifted = 1 + (lifter / 2) * Math.sin((order * Math.PI) / lifter);
    const sum = sums.reduce(
      (all, energy, band) =>
        all + energy * Math.cos((Math.PI * order * (band + 0.5)) / filterCount),
      0,
    );
    return sum * scale * lifted;
  });
}
