import type { Encoding } from './format.ts';
import { alaw, mulaw } from './g711.ts';

/** What digital silence measures: less than the 96.3 dB that 16 bits can tell from full scale. */
export const silenceDbfs = -100;

/**
 * Root mean square of `length` bytes from `offset`. 0 dBFS is a square wave of full scale, so a
 * sine of full scale has -3.01; silence and no samples at all have `silenceDbfs`.
 */
export function rmsDbfs(
  bytes: Uint8Array,
  offset: number,
  length: number,
  encoding: Encoding,
): number {
  const step = encoding === 'pcm_s16le' ? 2 : 1;
  let sum = 0;
  for (let at = offset; at + step <= offset + length; at += step) {
    sum += sampleAt(bytes, at, encoding) ** 2;
  }
  return dbfs(Math.sqrt(sum / Math.max(1, Math.floor(length / step))));
}

/** The largest magnitude in the same bytes; a sine of full scale has 0. */
export function peakDbfs(
  bytes: Uint8Array,
  offset: number,
  length: number,
  encoding: Encoding,
): number {
  const step = encoding === 'pcm_s16le' ? 2 : 1;
  let peak = 0;
  for (let at = offset; at + step <= offset + length; at += step) {
    peak = Math.max(peak, Math.abs(sampleAt(bytes, at, encoding)));
  }
  return dbfs(peak);
}

function sampleAt(bytes: Uint8Array, at: number, encoding: Encoding): number {
  if (encoding === 'mulaw') return mulaw.sampleOf[bytes[at]!]!;
  if (encoding === 'alaw') return alaw.sampleOf[bytes[at]!]!;
  return ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16;
}

function dbfs(magnitude: number): number {
  return Math.max(silenceDbfs, 20 * Math.log10(magnitude / 32768));
}
