import { readFileSync } from 'node:fs';
import { createConverterFactory } from '../audio/converter.ts';
import { type AudioFormat, pcm } from '../audio/format.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import { interleave, readWav } from '../audio/wav.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';

/**
 * The left channel of a WAV file as bytes of `format`. Throws `WAV_UNSUPPORTED` naming the file.
 */
export function callerSpeech(path: string, format: AudioFormat): Uint8Array {
  try {
    const sound = readWav(readFileSync(path));
    const bytes = interleave(sound.samples.slice(0, 1));
    return converted(bytes, pcm(sound.format.rateHz), format);
  } catch (thrown) {
    const message = `cannot use ${path}: ${messageOf(thrown)}`;
    throw new GatewayError('WAV_UNSUPPORTED', message, { path }, thrown);
  }
}

function converted(bytes: Uint8Array, from: AudioFormat, to: AudioFormat): Uint8Array {
  const converter = createConverterFactory(createResamplerFactory())(from, to);
  const target = new Uint8Array(converter.bytesMax(bytes.length) + converter.flushBytesMax);
  const convertedBytes = converter.convert(bytes, 0, bytes.length, target, 0);
  const flushedBytes = converter.flush(target, convertedBytes);
  converter.close();
  return target.slice(0, convertedBytes + flushedBytes);
}
