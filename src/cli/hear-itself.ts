import { bytesPerSample, pcm } from '../audio/format.ts';
import { jsonLog } from '../observe/log.ts';
import { metricsRegistry } from '../observe/metrics.ts';
import { redactor } from '../observe/redact.ts';
import type { Clock } from '../runtime/clock.ts';
import { FliteSynthesizer } from '../speech/flite/flite-synthesizer.ts';
import type { Grammar, Phrase } from '../speech/grammar.ts';
import { SoundSwallowerRecognizer } from '../speech/soundswallower/soundswallower-recognizer.ts';

/** What is said, between others that could have been said. */
const spoken = 'what is on the menu';
const expected = ['i would like some coffee', spoken, 'that is all thank you'];

export interface OwnEcho {
  readonly spoken: string;
  /** What the recognizer made of it; `null`: nothing that it expected. */
  readonly heard: string | null;
}

/** Our own engine loaded, one sentence spoken by it and recognized by it. Rejects if it cannot. */
export async function hearItself(clock: Clock): Promise<OwnEcho> {
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const log = jsonLog({
    levels: { level: 'error', components: {} },
    redactor: redactor([]),
    epochMs: () => clock.epochMs(),
    // What went wrong comes as an error.
    write: () => undefined,
  });
  const voice = new FliteSynthesizer({ clock, log, metrics });
  const recognizer = new SoundSwallowerRecognizer({
    ...{ clock, log, metrics },
    threadCount: 1,
    phones: (words) => voice.phones(words),
  });
  try {
    const { signal } = new AbortController();
    const format = pcm(8_000);
    const bytes = await voice.speak({ text: `${spoken}?`, voice: 'slt', format, signal });
    const session = recognizer.open(() => undefined);
    await session.expect(grammarOf(expected));
    session.start();
    session.push(samplesOf(bytes, bytesPerSample(format)));
    const recognition = await session.finish();
    return { spoken, heard: recognition.is === 'words' ? recognition.text : null };
  } finally {
    await recognizer.close();
    await voice.close();
  }
}

function grammarOf(sentences: readonly string[]): Grammar {
  const of = sentences.map((sentence) => {
    const parts = sentence.split(' ').map((word): Phrase => ({ is: 'word', word }));
    return { phrase: { is: 'sequence', parts } as const };
  });
  return { root: 'sentence', rules: new Map([['sentence', { is: 'choice', of }]]) };
}

function samplesOf(bytes: Uint8Array, width: number): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength / width;
  return Int16Array.from({ length }, (_, index) => view.getInt16(index * width, true));
}
