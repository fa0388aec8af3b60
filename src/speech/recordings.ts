import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConverterFactory } from '../audio/converter.ts';
import { type AudioFormat, pcm } from '../audio/format.ts';
import { interleave, readWav } from '../audio/wav.ts';

/** Recordings by their names, in whatever format a line speaks. */
export interface Recordings {
  /** Shared by all who ask: not to be changed. `null` when there is no such recording. */
  audio(name: string, format: AudioFormat): Uint8Array | null;
}

/** What names a recording, and nothing outside its directory. */
const namePattern = /^[a-z0-9-]{1,64}$/;

/**
 * The WAV files of a directory, read and converted when first asked for and kept: as many as there
 * are files and formats. Throws `WAV_UNSUPPORTED` for a file that cannot be used.
 */
export function recordings(directory: string, converters: ConverterFactory): Recordings {
  const kept = new Map<string, Uint8Array>();
  return {
    audio(name, format) {
      const key = `${name} ${format.encoding} ${format.rateHz}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const path = join(directory, `${name}.wav`);
      if (!namePattern.test(name) || !existsSync(path)) return null;
      const audio = recordingIn(readFileSync(path), format, converters);
      kept.set(key, audio);
      return audio;
    },
  };
}

/** The first channel of a WAV file as bytes of `format`. Throws `WAV_UNSUPPORTED`. */
export function recordingIn(
  wav: Uint8Array,
  format: AudioFormat,
  converters: ConverterFactory,
): Uint8Array {
  const sound = readWav(wav);
  const source = interleave(sound.samples.slice(0, 1));
  const converter = converters(pcm(sound.format.rateHz), format);
  const target = new Uint8Array(converter.bytesMax(source.length) + converter.flushBytesMax);
  const convertedBytes = converter.convert(source, 0, source.length, target, 0);
  const flushedBytes = converter.flush(target, convertedBytes);
  converter.close();
  return target.slice(0, convertedBytes + flushedBytes);
}
