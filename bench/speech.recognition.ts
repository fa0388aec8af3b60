/** The recognizer, with the settings that ship: people, and Flite's voices as callers. */
import type { Log, Metrics } from '../src/observe/observe.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { FliteSynthesizer } from '../src/speech/flite/flite-synthesizer.ts';
import { fliteVoices } from '../src/speech/flite/flite-voices.ts';
import type { Grammar } from '../src/speech/grammar.ts';
import type { RecognizerSession } from '../src/speech/recognizer.ts';
import {
  defaultListenerSettings,
  type ListenerSettings,
} from '../src/speech/soundswallower/listener.ts';
import * as soundswallower from '../src/speech/soundswallower/soundswallower-recognizer.ts';
import type { Synthesizer } from '../src/speech/synthesizer.ts';
import { percentile, type Report, Times } from './bench.ts';
import {
  bookClips,
  type Clip,
  cardClips,
  fifthOf,
  hasPeople,
  inNoise,
  personas,
  prompts,
  type SpokenClip,
  shortAnswers,
  spokenClips,
  turtleClip,
} from './speech.clips.ts';
import { cardGrammar, grammarFor, phrasesGrammar, turtleGrammar } from './speech.grammars.ts';
import { sentences } from './speech.sentences.ts';

const threadCount = 2;
/** Of the phones beside the sentences; `null`: none. What ships is told apart. */
const phoneWeights = [null, 0.3];
/** Measured of an earlier recognizer: refused and accepted in percent, without phones and with. */
const reference = { without: [2, 69], with: [21.5, 18] } as const;
const pieceMs = 100;
/** As many as two cores are meant to bear. */
const talkerCount = 8;
const answers = ['yes', 'no', 'bye', "that's all", 'goodbye', 'thank you, goodbye'];

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
  if (!hasPeople()) {
    const packages = 'asterisk-core-sounds-en-wav and pocketsphinx-testdata are not installed';
    report.notJudged('recognition', '', '', packages);
    return;
  }
  const parts = { clock: systemClock(), log: quiet, metrics: uncounted };
  const synthesizer = new FliteSynthesizer(parts);
  const asItShips = new RecognitionBench(synthesizer, defaultListenerSettings);
  const spoken = await spokenClips(synthesizer);
  await reportPeople(report, asItShips);
  const heard = await reportSpoken(report, asItShips, spoken);
  await reportAnswers(report, asItShips, synthesizer);
  await reportDelay(report, asItShips, spoken);
  const most = lineAt(refusedPercent(heard));
  const accepted = await acceptedStrangers(asItShips, fifthOf(spoken));
  await asItShips.close();
  // The curve is for information: half of the sentences show it.
  await reportCurve(
    report,
    synthesizer,
    fifthOf(spoken).filter((_, index) => index % 2 === 0),
  );
  report.inform('as it ships, refused', refusedPercent(heard), '%');
  report.atMost('as it ships, strangers accepted', accepted, '%', most);
  await synthesizer.close();
}

/** Hears clips as fast as it can, as many at once as there are threads. */
class RecognitionBench {
  readonly #recognizer: soundswallower.SoundSwallowerRecognizer;

  constructor(synthesizer: Synthesizer, settings: ListenerSettings) {
    this.#recognizer = new soundswallower.SoundSwallowerRecognizer({
      ...{ clock: systemClock(), log: quiet, metrics: uncounted, threadCount, settings },
      phones: (words) => synthesizer.phones(words),
    });
  }

  async hear(grammar: Grammar, clips: readonly Clip[]): Promise<readonly Heard[]> {
    await this.#recognizer.warm();
    const waiting = clips.values();
    const heard: Heard[] = [];
    const listen = async (session: RecognizerSession): Promise<void> => {
      await session.expect(grammar);
      for (const clip of waiting) {
        session.start();
        session.push(clip.samples);
        const recognition = await session.finish();
        const words = recognition.is === 'words' ? recognition.text.split(' ') : null;
        heard.push({ clip, words });
      }
      session.close();
    };
    await Promise.all(
      Array.from({ length: threadCount }, () => listen(this.#recognizer.open(() => undefined))),
    );
    return heard;
  }

  /** How long after the last of a clip that came as it was spoken its words are there. */
  /** From the end of each clip to its words, while as many callers as `talkerCount` speak. */
  async delays(grammar: Grammar, clips: readonly Clip[]): Promise<readonly number[]> {
    const waiting = clips.values();
    const talk = async (): Promise<readonly number[]> => {
      const session = this.#recognizer.open(() => undefined);
      await session.expect(grammar);
      const delaysMs: number[] = [];
      for (const { samples } of waiting) delaysMs.push(await delayOf(session, samples));
      session.close();
      return delaysMs;
    };
    return (await Promise.all(Array.from({ length: talkerCount }, talk))).flat();
  }

  close(): Promise<void> {
    return this.#recognizer.close();
  }
}

/** Says it as people do, and waits for the words. */
async function delayOf(session: RecognizerSession, samples: Int16Array): Promise<number> {
  const clock = systemClock();
  session.start();
  for (let at = 0; at < samples.length; at += 8 * pieceMs) {
    session.push(samples.subarray(at, at + 8 * pieceMs));
    await new Promise((resolve) => clock.setTimer(pieceMs, () => resolve(null)));
  }
  const endedAtMs = clock.monotonicMs();
  await session.finish();
  return clock.monotonicMs() - endedAtMs;
}

async function reportPeople(report: Report, bench: RecognitionBench): Promise<void> {
  const people = prompts();
  const phrases = [...new Set(people.map(({ text }) => text))];
  // The others were listened to while the settings were chosen.
  const judged = people.filter((_, index) => index % 2 === 0);
  const heard = await bench.hear(phrasesGrammar(phrases), judged);
  const cards = await bench.hear(cardGrammar, cardClips());
  const turtle = await bench.hear(turtleGrammar, [turtleClip()]);
  const all = [...heard, ...cards, ...turtle];
  report.inform('people, sentences heard', all.length, '');
  report.inform('people, refused', refusedPercent(all), '%');
  report.inform(
    'people, cards and a turtle alone, wrong words',
    strictErrors([...cards, ...turtle]),
    '%',
  );
  report.atMost(
    `people, one of ${phrases.length} phrases, wrong words, refused ones included`,
    strictErrors(heard),
    '%',
    5,
  );
  report.atMost('people, all, wrong words, refused ones included', strictErrors(all), '%', 5);
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
  const heardInNoise = await heardOfPersonas(bench, inNoise(fifthOf(spoken)));
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

/** Each must be understood, which is more than few wrong words. */
async function reportAnswers(
  report: Report,
  bench: RecognitionBench,
  synthesizer: Synthesizer,
): Promise<void> {
  const grammar = grammarFor('waiter');
  for (const voice of fliteVoices) {
    const heard = await bench.hear(grammar, await shortAnswers(synthesizer, answers, [voice]));
    const understood = heard.filter(({ clip, words }) => words?.join(' ') === clip.text).length;
    const name = `short answers 20 dB over pink noise, ${voice}, as they were said`;
    report.inform(`${name}, of ${answers.length}`, understood, '');
  }
}

async function reportDelay(
  report: Report,
  bench: RecognitionBench,
  spoken: readonly SpokenClip[],
): Promise<void> {
  const clips = spoken.filter(({ persona, samples }) => persona === 'waiter' && isLong(samples));
  const few = fifthOf(clips);
  const times = await Times.begin(report, systemClock());
  const delaysMs = await bench.delays(grammarFor('waiter'), [...few, ...inNoise(few)]);
  const title = `${talkerCount} callers at once, words of 3 s, half in noise, after their end`;
  report.inform(`${title}, p50`, percentile(delaysMs, 50), 'ms');
  await times.judge([
    { name: `${title}, p95`, value: percentile(delaysMs, 95), unit: 'ms', most: 150 },
  ]);
}

async function reportCurve(
  report: Report,
  synthesizer: Synthesizer,
  spoken: readonly SpokenClip[],
): Promise<void> {
  report.inform('reference without phones, refused', reference.without[0], '%');
  report.inform('reference without phones, strangers accepted', reference.without[1], '%');
  report.inform('reference with phones, refused', reference.with[0], '%');
  report.inform('reference with phones, strangers accepted', reference.with[1], '%');
  for (const phone of phoneWeights) {
    const { garbage: ships, ...others } = defaultListenerSettings;
    const garbage = ships === null || phone === null ? null : { ...ships, phone };
    const bench = new RecognitionBench(synthesizer, {
      ...others,
      ...{ garbage, bigramGarbageWeight: null },
    });
    const name = `sentences alone, phones of weight ${phone ?? 0}`;
    const refused = refusedPercent(await heardOfPersonas(bench, spoken));
    report.inform(`${name}, refused`, refused, '%');
    report.inform(`${name}, strangers accepted`, await acceptedStrangers(bench, spoken), '%');
    await bench.close();
  }
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
): Promise<number> {
  const people = [...prompts().filter((_, index) => index % 50 === 0), ...bookClips()];
  const heard: Heard[] = [];
  for (const persona of personas) {
    const own: readonly string[] = sentences[persona];
    const others = spoken.filter((clip) => clip.persona !== persona && !own.includes(clip.text));
    heard.push(...(await bench.hear(grammarFor(persona), [...others, ...people])));
  }
  return 100 - refusedPercent(heard);
}

async function heardOfPersonas(
  bench: RecognitionBench,
  clips: readonly SpokenClip[],
): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  for (const persona of personas) {
    const own = clips.filter((clip) => clip.persona === persona);
    heard.push(...(await bench.hear(grammarFor(persona), own)));
  }
  return heard;
}

/** Refused ones are nothing but missing words. */
function strictErrors(heard: readonly Heard[]): number {
  return wordErrors(heard.map(({ clip, words }) => ({ clip, words: words ?? [] })));
}

/** Of 2.5 to 3.5 s, the silence around it included. */
function isLong(samples: Int16Array): boolean {
  return samples.length > 20_000 && samples.length < 28_000;
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
