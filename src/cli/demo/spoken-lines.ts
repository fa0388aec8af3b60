import { pcm } from '../../audio/format.ts';
import { metricsRegistry } from '../../observe/metrics.ts';
import type { Log } from '../../observe/observe.ts';
import type { Clock } from '../../runtime/clock.ts';
import { FliteSynthesizer } from '../../speech/flite/flite-synthesizer.ts';
import type { DemoLine, SpokenLine } from './demo-caller.ts';

/** A man; the agent is a woman. */
const callerVoice = 'rms';

/** The caller's lines as 8 kHz speech of our own voices: nothing is recorded beforehand. */
export async function spokenLines(
  lines: readonly DemoLine[],
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<readonly SpokenLine[]> {
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const voice = new FliteSynthesizer({ ...deps, metrics });
  const { signal } = new AbortController();
  const format = pcm(8_000);
  try {
    const speeches = lines.map(({ text }) =>
      voice.speak({ text, voice: callerVoice, format, signal }),
    );
    const spoken = await Promise.all(speeches);
    return lines.map((line, index) => ({ ...line, speech: spoken[index]! }));
  } finally {
    await voice.close();
  }
}
