/** Shapes of audio on a wire. One channel always: a leg is one caller. */
export interface AudioFormat {
  readonly encoding: 'pcm_s16le' | 'mulaw' | 'alaw';
  readonly rateHz: 8000 | 16000 | 24000 | 48000;
  readonly channels: 1;
}

export type Encoding = AudioFormat['encoding'];
export type RateHz = AudioFormat['rateHz'];

/** One frame is 20 ms: the packet time of telephony (RFC 3551 §4.2) and of every wire we speak. */
export const frameMs = 20;

export const mulaw8k: AudioFormat = { encoding: 'mulaw', rateHz: 8000, channels: 1 };
export const alaw8k: AudioFormat = { encoding: 'alaw', rateHz: 8000, channels: 1 };

/** Signed 16-bit little-endian samples at `rateHz`. */
export function pcm(rateHz: RateHz): AudioFormat {
  return { encoding: 'pcm_s16le', rateHz, channels: 1 };
}

export function bytesPerSample(format: AudioFormat): 1 | 2 {
  return format.encoding === 'pcm_s16le' ? 2 : 1;
}

/** Bytes of one 20 ms frame: 160 for µ-law at 8 kHz, 320 for PCM at 8 kHz, 960 at 24 kHz. */
export function frameBytes(format: AudioFormat): number {
  return (format.rateHz / 1000) * frameMs * bytesPerSample(format);
}

export function bytesPerMs(format: AudioFormat): number {
  return (format.rateHz / 1000) * bytesPerSample(format);
}

/**
 * The byte that is silence: µ-law 0xFF and A-law 0xD5 are the codes of zero (ITU-T G.711), PCM 0.
 */
export function silenceByte(encoding: Encoding): number {
  if (encoding === 'mulaw') return 0xff;
  return encoding === 'alaw' ? 0xd5 : 0;
}

export function isSameFormat(left: AudioFormat, right: AudioFormat): boolean {
  return left.encoding === right.encoding && left.rateHz === right.rateHz;
}
