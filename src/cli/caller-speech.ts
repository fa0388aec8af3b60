import { readFileSync } from 'node:fs';
import type { ConverterFactory } from '../audio/converter.ts';
import type { AudioFormat } from '../audio/format.ts';
import { GatewayError, messageOf } from '../runtime/errors.ts';
import { recordingIn } from '../speech/recordings.ts';

/** A WAV file as bytes of `format`. Throws `WAV_UNSUPPORTED` with the name of the file. */
export function callerSpeech(
  path: string,
  format: AudioFormat,
  converters: ConverterFactory,
): Uint8Array {
  try {
    return recordingIn(readFileSync(path), format, converters);
  } catch (thrown) {
    const message = `cannot use ${path}: ${messageOf(thrown)}`;
    throw new GatewayError('WAV_UNSUPPORTED', message, { path }, thrown);
  }
}
