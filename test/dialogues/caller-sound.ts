import { pcm } from '../../src/audio/format.ts';
import { callTimeline } from '../../src/cli/call-timeline.ts';
import type { FliteVoice } from '../../src/speech/flite/flite-voices.ts';
import type { Synthesizer } from '../../src/speech/synthesizer.ts';
import {
  atLevel,
  bytesOf,
  joined,
  keyTones,
  mixed,
  pause,
  pinkNoise,
  whiteNoise,
} from '../../src/speech/vad/testing/sounds.ts';
import type { Scenario, ScriptedLine, ScriptedSound } from './scenarios.ts';

const rateHz = 8_000;
/** As loud as a telephone is. */
const speechDbfs = -22;
const besideDbfs = speechDbfs - 6;
/** Whoever is beside the caller begins a little later. */
const besideStartsMs = 300;
const noiseAroundMs = 200;
/** Four notes of an arpeggio, over and over. */
const notesHz = [262, 330, 392, 523];
const noteMs = 250;

const sounds = {
  'white noise': whiteNoise,
  'key tones': keyTones,
  music(durationMs: number) {
    return Int16Array.from({ length: durationMs * (rateHz / 1000) }, (_, at) => {
      const atMs = at / (rateHz / 1000);
      const hz = notesHz[Math.floor(atMs / noteMs) % notesHz.length]!;
      const fading = Math.exp(-((atMs % noteMs) / noteMs) * 2);
      return Math.round(8_000 * fading * Math.sin((2 * Math.PI * hz * at) / rateHz));
    });
  },
};

export interface CallerSound {
  /** What the line carries: 16-bit samples at 8 kHz. */
  readonly bytes: Uint8Array;
  /** Where in it nobody speaks any more, whatever noise goes on; `null`: nobody spoke. */
  readonly speechEndMs: number | null;
}

/** A line of the script as it sounds. */
export async function callerSound(
  line: ScriptedLine | ScriptedSound,
  { voice: callerVoice, noiseBelowDb }: Pick<Scenario, 'voice' | 'noiseBelowDb'>,
  voice: Synthesizer,
): Promise<CallerSound> {
  if ('makes' in line) {
    const noise = atLevel(sounds[line.makes](line.forMs), speechDbfs);
    return { bytes: bytesOf(noise), speechEndMs: null };
  }
  const alone = atLevel(await said(voice, line.says, callerVoice), speechDbfs);
  const together = line.besideSays === undefined ? alone : await beside(alone, line, voice);
  const speechEndMs = endOfSoundMs(together);
  if (noiseBelowDb === undefined) return { bytes: bytesOf(together), speechEndMs };
  const around = joined(pause(noiseAroundMs), together, pause(noiseAroundMs));
  const noisy = mixed(around, atLevel(pinkNoise(2_000), speechDbfs - noiseBelowDb));
  return { bytes: bytesOf(noisy), speechEndMs: noiseAroundMs + speechEndMs };
}

/** Where the last stretch of sound ends, as the timeline of a call tells sound. */
function endOfSoundMs(samples: Int16Array): number {
  const { caller } = callTimeline({ rateHz, caller: samples, agent: new Int16Array() });
  return caller.at(-1)?.endMs ?? 0;
}

async function beside(
  caller: Int16Array,
  { besideSays = '' }: ScriptedLine,
  voice: Synthesizer,
): Promise<Int16Array> {
  const other = atLevel(await said(voice, besideSays, 'slt'), besideDbfs);
  const later = joined(pause(besideStartsMs), other);
  const length = Math.max(caller.length, later.length);
  const whole = (samples: Int16Array) => joined(samples, new Int16Array(length - samples.length));
  return mixed(whole(caller), whole(later));
}

async function said(voice: Synthesizer, text: string, by: FliteVoice): Promise<Int16Array> {
  const { signal } = new AbortController();
  const bytes = await voice.speak({ text, voice: by, format: pcm(rateHz), signal });
  const copy = Uint8Array.from(bytes);
  return new Int16Array(copy.buffer);
}
