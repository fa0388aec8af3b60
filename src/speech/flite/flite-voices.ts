/**
 * The voices inside the package: `slt` female, `rms` male, `awb` male and Scottish, at 16 kHz;
 * `kal16` and `kal` male and robotic, at 16 and 8 kHz, five times as quick.
 */
export const fliteVoices = ['slt', 'rms', 'awb', 'kal16', 'kal'] as const;
export type FliteVoice = (typeof fliteVoices)[number];

export const defaultFliteVoice: FliteVoice = 'slt';

/** Names of OpenAI's voices, by the voice of ours that comes nearest. */
const fliteVoiceOf: ReadonlyMap<string, FliteVoice> = new Map([
  ...fliteVoices.map((voice) => [voice, voice] as const),
  ...(['alloy', 'coral', 'marin', 'nova', 'sage', 'shimmer'] as const).map(
    (voice) => [voice, 'slt'] as const,
  ),
  ...(['ash', 'cedar', 'echo', 'onyx', 'verse'] as const).map((voice) => [voice, 'rms'] as const),
  ...(['ballad', 'fable'] as const).map((voice) => [voice, 'awb'] as const),
]);

/** `null` for a name that is neither OpenAI's nor ours. */
export function fliteVoiceNamed(name: string): FliteVoice | null {
  return fliteVoiceOf.get(name.toLowerCase()) ?? null;
}
