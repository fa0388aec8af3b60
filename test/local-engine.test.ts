import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { recordingLog, recordingMetrics } from '../sim/recorders.ts';
import { pcm } from '../src/audio/format.ts';
import { fill } from '../src/cli/demo.ts';
import { type CallerLine, placeCall } from '../src/cli/place-call.ts';
import { withPrivateGateway } from '../src/cli/private-gateway.ts';
import type { Gateway } from '../src/main.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { systemRandom } from '../src/runtime/random.ts';
import { connectTcp } from '../src/runtime/tcp-socket.ts';
import { FliteSynthesizer } from '../src/speech/flite/flite-synthesizer.ts';
import { collectEntries } from '../src/store/read-entries.ts';

const clock = systemClock();

/** What a caller says: the first sentence when asked, the others over the agent's answers. */
async function spoken(t: TestContext, sentences: readonly string[]): Promise<CallerLine[]> {
  const voice = new FliteSynthesizer({ clock, log: recordingLog(), metrics: recordingMetrics() });
  t.after(() => voice.close());
  const { signal } = new AbortController();
  const sounds = sentences.map((text) =>
    voice.speak({ text, voice: 'rms', format: pcm(8000), signal }),
  );
  const speeches = await Promise.all(sounds);
  return speeches.map((speech, index) => {
    const asked = { type: 'after-agent', quietMs: 500 } as const;
    const over = { type: 'over-agent', afterMs: 1_500 } as const;
    return { cue: index === 0 ? asked : over, speech };
  });
}

test('[V5] [V10] [B9] a caller orders and cuts in; the order is in the database', async (t) => {
  const log = recordingLog();
  const settings = { default_persona: 'waiter', 'session.loop_lag_max_ms': '1000' };
  const lines = await spoken(t, [
    "I'd like three goat brochettes.",
    'That is all, thank you.',
    'Yes please.',
    'Goodbye.',
  ]);
  await withPrivateGateway({ script: null, settings, prepare: fill, log }, async (gateway) => {
    const { end } = await placeCall(
      {
        host: '127.0.0.1',
        port: gateway.audioSocketPort,
        uuid: systemRandom().uuid(),
        format: 'slin',
        lines,
        holdMs: 6_000,
        callMsMax: 90_000,
      },
      { clock, connect: connectTcp },
    );
    const told = await toldIn(gateway, log);
    const ordered = await gateway.database.transaction((rows) =>
      rows.selectFrom('order_lines').select(['name', 'quantity']).execute(),
    );
    assert.deepEqual(ordered, [{ name: 'Goat brochettes', quantity: 3 }], told);
    assert.equal(end, 'agent-hung-up', told);
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'error'),
      [],
    );
  });
});

/** What was said and done in the one call, to read when it went wrong. */
async function toldIn({ journal }: Gateway, { lines }: ReturnType<typeof recordingLog>) {
  const started = lines.find(({ message }) => message === 'call started');
  const entries = await collectEntries(journal.entries(String(started?.fields['sessionId'])));
  return JSON.stringify(
    entries.filter(({ type }) => /said|tool/.test(type)),
    null,
    1,
  );
}
