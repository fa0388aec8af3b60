/** The synthesizer's part of the bench of speech: how soon it speaks, what it keeps. */
import { mulaw8k, pcm } from '../src/audio/format.ts';
import { silentLog, silentMetrics } from '../src/observe/testing/silent.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';
import { FliteSynthesizer } from '../src/speech/flite/flite-synthesizer.ts';
import { fliteVoices } from '../src/speech/flite/flite-voices.ts';
import { percentile, type Report } from './bench.ts';

/** A short reply and an answer of the usual length. */
const shortText = 'Yes of course.';
const longText =
  'We have goat brochettes at 6,500 RWF, grilled tilapia at 14,000 RWF and isombe at 4,500 RWF.';
const shortRuns = 40;
const memoryRuns = 500;

/** Adds the synthesizer's figures to the report of speech. */
export async function reportSynthesizer(report: Report): Promise<void> {
  const clock = systemClock();
  const bareBytes = process.memoryUsage.rss();
  // Nothing is kept: every sentence is made.
  const synthesizer = new FliteSynthesizer({
    clock,
    log: silentLog,
    metrics: silentMetrics,
    cacheBytesMax: 0,
  });
  try {
    const loadedMs = await msOf(clock, () => synthesizer.warm());
    report.inform('synthesizer: loading', loadedMs, 'ms');
    await reportSpeed(report, clock, synthesizer);
    await reportMemory(report, synthesizer, bareBytes);
  } finally {
    await synthesizer.close();
  }
  await reportThreads(report, clock);
}

async function reportSpeed(report: Report, clock: Clock, flite: FliteSynthesizer): Promise<void> {
  for (const voice of fliteVoices) {
    const takenMs: number[] = [];
    for (let run = 0; run < shortRuns; run += 1) {
      takenMs.push(await msOf(clock, () => speak(flite, shortText, voice)));
    }
    const title = `synthesizer: ${voice}, a short sentence`;
    report.inform(`${title}, p50`, percentile(takenMs, 50), 'ms');
    report.inform(`${title}, p95`, percentile(takenMs, 95), 'ms');
    let soundMs = 0;
    const makingMs = await msOf(clock, async () => {
      soundMs = (await speak(flite, longText, voice)).length / 8;
    });
    report.inform(`synthesizer: ${voice}, work by sound of a long one`, makingMs / soundMs, '');
  }
}

async function reportMemory(
  report: Report,
  flite: FliteSynthesizer,
  bareBytes: number,
): Promise<void> {
  let mostBytes = 0;
  const seen: number[] = [];
  for (let run = 0; run < memoryRuns; run += 1) {
    await speak(flite, shortText, 'slt');
    const bytes = process.memoryUsage.rss() - bareBytes;
    mostBytes = Math.max(mostBytes, bytes);
    if (run === 49 || run === memoryRuns - 1) seen.push(bytes);
  }
  const [early = 0, late = 0] = seen;
  report.inform('synthesizer: memory after 50 sentences', early / 1e6, 'MB');
  report.inform(`synthesizer: memory after ${memoryRuns} sentences`, late / 1e6, 'MB');
  report.inform('synthesizer: most memory', mostBytes / 1e6, 'MB');
}

/** Whether a second thread is worth its memory: eight callers who want a sentence at once. */
async function reportThreads(report: Report, clock: Clock): Promise<void> {
  for (const threadCount of [1, 2]) {
    const options = {
      clock,
      log: silentLog,
      metrics: silentMetrics,
      cacheBytesMax: 0,
      threadCount,
    };
    const synthesizer = new FliteSynthesizer(options);
    await synthesizer.warm();
    const texts = Array.from({ length: 8 }, (_, caller) => `${longText} ${caller}`);
    const takenMs: number[] = [];
    await Promise.all(
      texts.map(async (text) => {
        takenMs.push(await msOf(clock, () => speak(synthesizer, text, 'slt')));
      }),
    );
    await synthesizer.close();
    const title = `synthesizer: 8 callers at once, ${threadCount} threads`;
    report.inform(`${title}, the last sentence`, Math.max(...takenMs), 'ms');
  }
}

function speak(flite: FliteSynthesizer, text: string, voice: string): Promise<Uint8Array> {
  const format = text === shortText ? pcm(24_000) : mulaw8k;
  return flite.speak({ text, voice, format, signal: new AbortController().signal });
}

async function msOf(clock: Clock, work: () => Promise<unknown>): Promise<number> {
  const beginMs = clock.monotonicMs();
  await work();
  return clock.monotonicMs() - beginMs;
}
