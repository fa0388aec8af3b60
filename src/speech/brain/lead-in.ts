import { type AudioFormat, bytesPerMs } from '../../audio/format.ts';
import { rmsDbfs } from '../../audio/level.ts';

/** What a listener takes for the beginning: synthesizers are silent below -80 dBFS before it. */
const soundDbfs = -45;
const stepMs = 10;
/** Kept before the sound, so that soft consonants are not cut. */
const keptMs = 20;

/**
 * `bytes` without the silence that they begin with, Flite's 0.2 s: as the pause between two
 * sentences it is welcome, before a reply the caller waits through it. All of it where nothing
 * sounds.
 */
export function withoutLeadIn(bytes: Uint8Array, format: AudioFormat): Uint8Array {
  const stepBytes = stepMs * bytesPerMs(format);
  for (let at = 0; at + stepBytes <= bytes.length; at += stepBytes) {
    if (rmsDbfs(bytes, at, stepBytes, format.encoding) < soundDbfs) continue;
    return bytes.subarray(Math.max(0, at - keptMs * bytesPerMs(format)));
  }
  return bytes;
}
