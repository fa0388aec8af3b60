import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { recordingLog, recordingMetrics } from '../sim/recorders.ts';
import { pcm } from '../src/audio/format.ts';
import { commandDatabase } from '../src/cli/command-database.ts';
import { type CallerLine, placeCall } from '../src/cli/place-call.ts';
import { loadConfig } from '../src/config/load.ts';
import { personaFolders } from '../src/config/persona-files.ts';
import { readConfigFile } from '../src/config/read-config-file.ts';
import type { Config } from '../src/config/schema.ts';
import { startGateway } from '../src/main.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { systemRandom } from '../src/runtime/random.ts';
import { connectTcp } from '../src/runtime/tcp-socket.ts';
import { FliteSynthesizer } from '../src/speech/flite/flite-synthesizer.ts';
import { collectEntries, everyEntry } from '../src/store/read-entries.ts';
import { seedDemo } from '../src/store/seed-demo.ts';
import { segmentReader } from '../src/store/segment-files.ts';
import { dayOf } from '../src/tools/period.ts';

const clock = systemClock();

/** A gateway in this process with the waiter, our own engine and the demonstration menus. */
async function startWaiter(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const set = (key: string, value: string) => ({ name: 'the test', key, value });
  const loaded = loadConfig({
    path: '',
    isRequired: false,
    readFile: readConfigFile,
    environment: {},
    personas: personaFolders(),
    flags: [
      set('audiosocket.port', '0'),
      set('api.port', '0'),
      set('journal.dir', join(folder, 'journal')),
      set('database.dir', join(folder, 'store')),
      set('default_persona', 'waiter'),
      set('session.loop_lag_max_ms', '1000'),
    ],
  });
  assert.ok(loaded.isValid);
  const { config } = loaded;
  await fill(config.database);
  const log = recordingLog();
  const parts = { config: () => config, makeLog: () => log, scrub: String, script: null };
  const gateway = await startGateway(parts);
  t.after(() => gateway.close());
  return { gateway, log, journal: join(folder, 'journal') };
}

/** Menus and the like, there before the gateway looks at what callers may say. */
async function fill(choice: Config['database']): Promise<void> {
  const database = commandDatabase(choice);
  await seedDemo(database, dayOf(clock.epochMs()));
  await database.close();
}

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
  const { gateway, log, journal } = await startWaiter(t);
  const lines = await spoken(t, [
    "I'd like three goat brochettes.",
    'That is all, thank you.',
    'Yes please.',
    'Goodbye.',
  ]);
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
  const entries = await collectEntries(everyEntry(segmentReader(journal)));
  const told = JSON.stringify(
    entries.filter(({ type }) => /said|tool/.test(type)),
    null,
    1,
  );
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
