/** The recognizer, with the settings that ship: people, and Flite's voices as callers. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createConverterFactory } from '../src/audio/converter.ts';
import { mulaw8k } from '../src/audio/format.ts';
import { mulaw } from '../src/audio/g711.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import type { Log, Metrics } from '../src/observe/observe.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { readDialogue } from '../src/speech/dialogue/dialogue-files.ts';
import { grammarOf } from '../src/speech/dialogue/grammar-of.ts';
import { FliteSynthesizer } from '../src/speech/flite/flite-synthesizer.ts';
import { fliteVoices } from '../src/speech/flite/flite-voices.ts';
import type { Grammar, Phrase } from '../src/speech/grammar.ts';
import { recordingIn } from '../src/speech/recordings.ts';
import {
  defaultListenerSettings,
  type ListenerSettings,
} from '../src/speech/soundswallower/listener.ts';
import {
  type SoundSwallowerParts,
  SoundSwallowerRecognizer,
} from '../src/speech/soundswallower/soundswallower-recognizer.ts';
import type { Synthesizer } from '../src/speech/synthesizer.ts';
import {
  atLevel,
  humanFolder,
  joined,
  mixed,
  pause,
  pinkNoise,
} from '../src/speech/vad/testing/sounds.ts';
import menu from '../src/store/seed/menu.json' with { type: 'json' };
import taxes from '../src/store/seed/tax-rules.json' with { type: 'json' };
import { namesOfJurisdiction } from '../src/tools/jurisdiction.ts';
import type { Report } from './bench.ts';
import { sentences } from './speech.sentences.ts';

const transcripts = '/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz';
const bookFolder = '/usr/share/pocketsphinx/test/data/librivox';
const threadCount = 2;
/** Of the phones beside the sentences; `null`: none. */
const weights = [null, 0.05, 0.15, 0.25, 0.4];
/** Measured of an earlier recognizer: refused and accepted in percent, without phones and with. */
const reference = { without: [2, 69], with: [21.5, 18] } as const;
const promptSecondsMax = 8;

type Persona = keyof typeof sentences;
const personas: readonly Persona[] = ['waiter', 'cfo'];

interface Clip {
  readonly text: string;
  readonly samples: Int16Array;
}

interface SpokenClip extends Clip {
  readonly persona: Persona;
}

/** `null`: refused. */
interface Heard {
  readonly clip: Clip;
  readonly words: readonly string[] | null;
}

const quiet: Log = {
  ...{ debug: () => undefined, info: () => undefined, warn: () => undefined },
  ...{ error: () => undefined, child: () => quiet },
};
const uncounted: Metrics = {
  ...{ count: () => undefined, set: () => undefined },
  ...{ add: () => undefined, observe: () => undefined },
};

export async function reportRecognition(report: Report): Promise<void> {
  if (!existsSync(humanFolder) || !existsSync(transcripts) || !existsSync(bookFolder)) {
    const packages = 'asterisk-core-sounds-en-wav and pocketsphinx-testdata are not installed';
    report.notJudged('recognition', '', '', packages);
    return;
  }
  const parts = { clock: systemClock(), log: quiet, metrics: uncounted };
  const synthesizer = new FliteSynthesizer(parts);
  const bench = new RecognitionBench(synthesizer);
  const spoken = await spokenClips(synthesizer);
  await reportPeople(report, bench);
  const heard = await reportSpoken(report, bench, spoken);
  await reportCurve(report, bench, { heard, spoken: fifthOf(spoken) });
  await synthesizer.close();
}

/** Hears clips as fast as it can, as many at once as there are threads. */
class RecognitionBench {
  readonly #synthesizer: Synthesizer;

  constructor(synthesizer: Synthesizer) {
    this.#synthesizer = synthesizer;
  }

  async hear(
    grammar: Grammar,
    clips: readonly Clip[],
    settings: ListenerSettings = defaultListenerSettings,
  ): Promise<readonly Heard[]> {
    const parts: SoundSwallowerParts = {
      ...{ clock: systemClock(), log: quiet, metrics: uncounted, threadCount, settings },
      phones: (words) => this.#synthesizer.phones(words),
    };
    const recognizer = new SoundSwallowerRecognizer(parts);
    await recognizer.warm();
    const waiting = clips.values();
    const heard: Heard[] = [];
    const listen = async (): Promise<void> => {
      const session = recognizer.open(() => undefined);
      await session.expect(grammar);
      for (const clip of waiting) {
        session.start();
        session.push(clip.samples);
        const recognition = await session.finish();
        const words = recognition.is === 'words' ? recognition.text.split(' ') : null;
        heard.push({ clip, words });
      }
    };
    await Promise.all(Array.from({ length: threadCount }, listen));
    await recognizer.close();
    return heard;
  }
}

async function reportPeople(report: Report, bench: RecognitionBench): Promise<void> {
  const people = prompts();
  const phrases = [...new Set(people.map(({ text }) => text))];
  const heard = await bench.hear(
    { root: 'all', rules: new Map([['all', choiceOf(phrases)]]) },
    people.filter((_, index) => index % 2 === 0),
  );
  const all = heard.map(({ clip, words }) => ({ clip, words: words ?? [] }));
  report.inform('people, sentences heard', heard.length, '');
  report.inform('people, refused', refusedPercent(heard), '%');
  report.atMost(
    `people, one of ${phrases.length} phrases, wrong words, refused ones included`,
    wordErrors(all),
    '%',
    5,
  );
}

async function reportSpoken(
  report: Report,
  bench: RecognitionBench,
  spoken: readonly SpokenClip[],
): Promise<readonly Heard[]> {
  const heard = await heardOfPersonas(bench, spoken);
  report.inform('personas, sentences heard, five voices', heard.length, '');
  report.inform('personas, refused', refusedPercent(heard), '%');
  report.atMost('personas, wrong words where accepted', wordErrors(heard), '%', 6);
  const noise = atLevel(pinkNoise(10_000), -46);
  const noisy = fifthOf(spoken).map((clip) => {
    const samples = mixed(atLevel(clip.samples, -26), noise);
    return {
      ...clip,
      samples: samples.map((sample) => mulaw.sampleOf[mulaw.codeOf[sample & 0xffff]!]!),
    };
  });
  const heardInNoise = await heardOfPersonas(bench, noisy);
  const refused = refusedPercent(heardInNoise);
  report.inform('personas, 20 dB over pink noise, refused', refused, '%');
  report.atMost(
    'personas, 20 dB over pink noise, wrong words where accepted',
    wordErrors(heardInNoise),
    '%',
    15,
  );
  return heard;
}

async function reportCurve(
  report: Report,
  bench: RecognitionBench,
  { heard, spoken }: { heard: readonly Heard[]; spoken: readonly SpokenClip[] },
): Promise<void> {
  report.inform('reference without phones, refused', reference.without[0], '%');
  report.inform('reference without phones, strangers accepted', reference.without[1], '%');
  report.inform('reference with phones, refused', reference.with[0], '%');
  report.inform('reference with phones, strangers accepted', reference.with[1], '%');
  for (const garbageWeight of weights) {
    const settings = { ...defaultListenerSettings, garbageWeight, bigramGarbageWeight: null };
    const name = `sentences alone, phones of weight ${garbageWeight ?? 0}`;
    const refused = refusedPercent(await heardOfPersonas(bench, spoken, settings));
    report.inform(`${name}, refused`, refused, '%');
    const accepted = await acceptedStrangers(bench, spoken, settings);
    report.inform(`${name}, strangers accepted`, accepted, '%');
  }
  const accepted = await acceptedStrangers(bench, spoken, defaultListenerSettings);
  report.inform('as it ships, refused', refusedPercent(heard), '%');
  const most = lineAt(refusedPercent(heard));
  report.atMost('as it ships, strangers accepted', accepted, '%', most);
}

/** What the reference accepts where it refuses as much; beyond its ends, what it does there. */
function lineAt(refused: number): number {
  const [fromX, fromY] = reference.without;
  const [toX, toY] = reference.with;
  const part = Math.max(0, Math.min(1, (refused - fromX) / (toX - fromX)));
  return fromY + part * (toY - fromY);
}

/** The other persona's sentences and people who speak of other things, in percent. */
async function acceptedStrangers(
  bench: RecognitionBench,
  spoken: readonly SpokenClip[],
  settings: ListenerSettings,
): Promise<number> {
  const people = [...prompts().filter((_, index) => index % 25 === 0), ...bookClips()];
  const heard: Heard[] = [];
  for (const persona of personas) {
    const own: readonly string[] = sentences[persona];
    const others = spoken.filter((clip) => clip.persona !== persona && !own.includes(clip.text));
    heard.push(...(await bench.hear(grammarFor(persona), [...others, ...people], settings)));
  }
  return 100 - refusedPercent(heard);
}

async function heardOfPersonas(
  bench: RecognitionBench,
  clips: readonly SpokenClip[],
  settings?: ListenerSettings,
): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  for (const persona of personas) {
    const own = clips.filter((clip) => clip.persona === persona);
    heard.push(...(await bench.hear(grammarFor(persona), own, settings)));
  }
  return heard;
}

function grammarFor(persona: Persona): Grammar {
  const path = join(import.meta.dirname, `../personas/dialogues/${persona}.yaml`);
  const { dialogue } = readDialogue(path, readFileSync(path, 'utf8'));
  if (dialogue === null) throw new Error(`${path} is no dialogue`);
  const named = (
    values: readonly string[],
    names = (value: string): readonly string[] => [value],
  ) => [...new Set(values)].map((value) => ({ value, names: names(value) }));
  const topics = named(taxes.tax_rules.map(({ topic }) => topic));
  return grammarOf(dialogue, {
    menu_item: named(menu.menu_items.map(({ name }) => name)),
    venue: named(menu.menu_items.map(({ venue }) => venue)),
    jurisdiction: named(
      taxes.tax_rules.map(({ jurisdiction }) => jurisdiction),
      namesOfJurisdiction,
    ),
    tax_topic: topics,
    tax_rule_topic: topics,
    ledger_month: named(
      Array.from({ length: 12 }, (_, at) => `2026-${String(at + 1).padStart(2, '0')}`),
    ),
  });
}

/** Every sentence in every voice, by µ-law at 8 kHz, with the silence that a detector leaves. */
async function spokenClips(synthesizer: Synthesizer): Promise<readonly SpokenClip[]> {
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
function fifthOf(clips: readonly SpokenClip[]): readonly SpokenClip[] {
  const voiceCount = fliteVoices.length;
  return clips.filter((_, at) => at % voiceCount === Math.floor(at / voiceCount) % voiceCount);
}

const converters = createConverterFactory(createResamplerFactory());

function clipOf(bytes: Uint8Array): Int16Array {
  const samples = Int16Array.from(bytes, (code) => mulaw.sampleOf[code]!);
  return joined(pause(250), samples, pause(300));
}

/** The prompts of Asterisk that are words alone, and not too long. */
function prompts(): readonly Clip[] {
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
function bookClips(): readonly Clip[] {
  return ['0870', '0880', '0890', '0920', '0930'].map((part) => {
    const path = join(bookFolder, `sense_and_sensibility_01_austen_64kb-${part}.wav`);
    const bytes = recordingIn(readFileSync(path), mulaw8k, converters);
    return { text: part, samples: clipOf(bytes.subarray(0, 5 * mulaw8k.rateHz)) };
  });
}

function choiceOf(texts: readonly string[]): Phrase {
  return {
    is: 'choice',
    of: texts.map((text) => ({
      phrase: { is: 'sequence', parts: text.split(' ').map((word) => ({ is: 'word', word })) },
    })),
  };
}

function refusedPercent(heard: readonly Heard[]): number {
  return (100 * heard.filter(({ words }) => words === null).length) / heard.length;
}

/** Wrong, missing and added words in percent of those that were said, of what was accepted. */
function wordErrors(heard: readonly Heard[]): number {
  const accepted = heard.flatMap(({ clip, words }) =>
    words === null ? [] : [{ said: clip.text.split(' '), words }],
  );
  const errors = accepted.reduce((sum, { said, words }) => sum + distance(said, words), 0);
  return (100 * errors) / accepted.reduce((sum, { said }) => sum + said.length, 0);
}

function distance(said: readonly string[], heard: readonly string[]): number {
  let row = Array.from({ length: heard.length + 1 }, (_, at) => at);
  for (const [index, word] of said.entries()) {
    const next = [index + 1];
    for (const [at, other] of heard.entries()) {
      const replaced = row[at]! + (word === other ? 0 : 1);
      next.push(Math.min(replaced, row[at + 1]! + 1, next[at]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
