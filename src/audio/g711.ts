/** One companding law of ITU-T G.711 as tables. Shared by every call: read only. */
export interface CompandingLaw {
  /** The code of a 16-bit sample, at index `sample & 0xffff`. */
  readonly codeOf: Uint8Array;
  /** The 16-bit sample of a code. */
  readonly sampleOf: Int16Array;
}

export const mulaw = lawFrom(mulawCode, mulawSample);
export const alaw = lawFrom(alawCode, alawSample);

/** Codes of one law to codes of the other at the same rate, by way of the linear value. */
export const alawOfMulaw = Uint8Array.from(mulaw.sampleOf, (sample) => alawCode(sample));
export const mulawOfAlaw = Uint8Array.from(alaw.sampleOf, (sample) => mulawCode(sample));

function lawFrom(code: (sample: number) => number, sample: (code: number) => number) {
  // A loop, because `Uint8Array.from` takes four times as long, which every start would pay.
  const codeOf = new Uint8Array(65_536);
  for (let index = 0; index < codeOf.length; index += 1) codeOf[index] = code((index << 16) >> 16);
  const sampleOf = Int16Array.from({ length: 256 }, (_, index) => sample(index));
  return { codeOf, sampleOf } satisfies CompandingLaw;
}

/**
 * The magnitude is taken in one's complement (`~x` for negatives), as ITU-T G.191 does. Taking
 * `-x` moves 381 of the 65,536 decisions by one code.
 */
function magnitudeOf(sample: number): number {
  return sample < 0 ? ~sample : sample;
}

/** G.711 Table 2: 14-bit magnitude plus the bias of 33, clipped; the code is sent inverted. */
function mulawCode(sample: number): number {
  const biased = Math.min((magnitudeOf(sample) >> 2) + 33, 0x1fff);
  const segment = 26 - Math.clz32(biased);
  const step = (biased >> (segment + 1)) & 0x0f;
  return (sample < 0 ? 0x7f : 0xff) ^ ((segment << 4) | step);
}

function mulawSample(code: number): number {
  const segment = (~code >> 4) & 7;
  const magnitude = (((~code & 0x0f) * 2 + 33) << segment) - 33;
  return (code < 0x80 ? -4 : 4) * magnitude;
}

/** G.711 Table 1: 12-bit magnitude, the two lowest segments linear; even bits are inverted. */
function alawCode(sample: number): number {
  const magnitude = magnitudeOf(sample) >> 4;
  const segment = Math.max(0, 28 - Math.clz32(magnitude));
  const step = (magnitude >> Math.max(0, segment - 1)) & 0x0f;
  return ((sample < 0 ? 0 : 0x80) | (segment << 4) | step) ^ 0x55;
}

function alawSample(code: number): number {
  const plain = code ^ 0x55;
  const segment = (plain >> 4) & 7;
  const step = (plain & 0x0f) * 2 + 1;
  const magnitude = segment === 0 ? step : (step + 32) << (segment - 1);
  return (plain < 0x80 ? -8 : 8) * magnitude;
}
