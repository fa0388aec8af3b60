/** What the recognizer is tried with: people, and Flite's voices as callers. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createConverterFactory } from '../src/audio/converter.ts';
import { mulaw8k, pcm } from '../src/audio/format.ts';
import { mulaw } from '../src/audio/g711.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import type { FliteVoice } from '../src/speech/flite/flite-voices.ts';
import { fliteVoices } from '../src/speech/flite/flite-voices.ts';
import { recordingIn } from '../src/speech/recordings.ts';
import type { Synthesizer } from '../src/speech/synthesizer.ts';
import {
  atLevel,
  humanFolder,
  joined,
  mixed,
  pause,
  pinkNoise,
} from '../src/speech/vad/testing/sounds.ts';
import { sentences } from './speech.sentences.ts';

const transcripts = '/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz';
const testdata = '/usr/share/pocketsphinx/test/data';
const promptSecondsMax = 8;
const answerDbfs = -22;

export type Persona = keyof typeof sentences;
export const personas: readonly Persona[] = ['waiter', 'cfo'];

export interface Clip {
  readonly text: string;
  readonly samples: Int16Array;
}

export interface SpokenClip extends Clip {
  readonly persona: Persona;
}

/** Whether the packages with people are installed. */
export function hasPeople(): boolean {
  return [humanFolder, transcripts, testdata].every((path) => existsSync(path));
}

/** Every sentence in every voice, by µ-law at 8 kHz, with the silence that a detector leaves. */
export async function spokenClips(synthesizer: Synthesizer): Promise<readonly SpokenClip[]> {
  const { signal } = new AbortController();
  const clips: SpokenClip[] = [];
  for (const persona of personas) {
    for (const text of sentences[persona]) {
      for (const voice of fliteVoices) {
        const bytes = await synthesizer.speak({ text, voice, format: mulaw8k, signal });
        clips.push({ persona, text, samples: clipOf(bytes) });
      }
    }
  }
  return clips;
}

/** Each sentence once, the voices taking turns. */
export function fifthOf(clips: readonly SpokenClip[]): readonly SpokenClip[] {
  const voiceCount = fliteVoices.length;
  return clips.filter((_, at) => at % voiceCount === Math.floor(at / voiceCount) % voiceCount);
}

/** As loud as a telephone is, 20 dB over pink noise. */
export function inNoise(clips: readonly SpokenClip[]): readonly SpokenClip[] {
  const noise = atLevel(pinkNoise(10_000), -46);
  return clips.map((clip) => {
    const samples = mixed(atLevel(clip.samples, -26), noise);
    return {
      ...clip,
      samples: samples.map((sample) => mulaw.sampleOf[mulaw.codeOf[sample & 0xffff]!]!),
    };
  });
}

/** Answers of a word or two, 20 dB over noise that comes and goes with them. */
export async function shortAnswers(
  synthesizer: Synthesizer,
  texts: readonly string[],
  voices: readonly FliteVoice[],
): Promise<readonly Clip[]> {
  const { signal } = new AbortController();
  const noise = atLevel(pinkNoise(2_000), answerDbfs - 20);
  const clips: Clip[] = [];
  for (const text of texts) {
    for (const voice of voices) {
      const bytes = await synthesizer.speak({ text, voice, format: pcm(8_000), signal });
      const said = new Int16Array(Uint8Array.from(bytes).buffer);
      const around = joined(pause(200), atLevel(said, answerDbfs), pause(200));
      const words = text.replaceAll(',', '');
      clips.push({ text: words, samples: joined(pause(250), mixed(around, noise), pause(300)) });
    }
  }
  return clips;
}

const converters = createConverterFactory(createResamplerFactory());

/** The prompts of Asterisk that are words alone, and not too long. */
export function prompts(): readonly Clip[] {
  const lines = gunzipSync(readFileSync(transcripts)).toString('utf8').split('\n');
  return lines.flatMap((line): readonly Clip[] => {
    const [, name, written] = /^([\w/-]+): ([^[\](<>)\d]+)$/.exec(line) ?? [];
    if (name === undefined || written === undefined) return [];
    const path = join(humanFolder, `${name}.wav`);
    if (!existsSync(path)) return [];
    const bytes = recordingIn(readFileSync(path), mulaw8k, converters);
    if (bytes.length > promptSecondsMax * mulaw8k.rateHz) return [];
    const words = written
      .toLowerCase()
      .replaceAll(/[^a-z' ]+/g, ' ')
      .trim();
    return words === '' ? [] : [{ text: words.replaceAll(/ +/g, ' '), samples: clipOf(bytes) }];
  });
}

/** Five seconds of each of five readings of a novel. */
export function bookClips(): readonly Clip[] {
  return ['0870', '0880', '0890', '0920', '0930'].map((part) => {
    const path = join(testdata, `librivox/sense_and_sensibility_01_austen_64kb-${part}.wav`);
    const bytes = recordingIn(readFileSync(path), mulaw8k, converters);
    return { text: part, samples: clipOf(bytes.subarray(0, 5 * mulaw8k.rateHz)) };
  });
}

/** PocketSphinx's own: playing cards. */
export function cardClips(): readonly Clip[] {
  const lines = readFileSync(join(testdata, 'cards/cards.transcription'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, said, name] = /^<s> (.*?) +<\/s> \((\d+)\)$/.exec(line) ?? [];
    if (said === undefined || name === undefined) return [];
    const bytes = readFileSync(join(testdata, `cards/${name}.wav`));
    return [{ text: said, samples: clipOf(recordingIn(bytes, mulaw8k, converters)) }];
  });
}

/** PocketSphinx's own: how a turtle is told to go. */
export function turtleClip(): Clip {
  const wav = readFileSync(join(testdata, 'goforward.raw'));
  const samples = new Int16Array(Uint8Array.from(wav).buffer);
  const converter = converters(pcm(16_000), mulaw8k);
  const bytes = new Uint8Array(samples.buffer);
  const target = new Uint8Array(converter.bytesMax(bytes.length));
  const writtenBytes = converter.convert(bytes, 0, bytes.length, target, 0);
  converter.close();
  return { text: 'go forward ten meters', samples: clipOf(target.subarray(0, writtenBytes)) };
}

function clipOf(bytes: Uint8Array): Int16Array {
  const samples = Int16Array.from(bytes, (code) => mulaw.sampleOf[code]!);
  return joined(pause(250), samples, pause(300));
}
