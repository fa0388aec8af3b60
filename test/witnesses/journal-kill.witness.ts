import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { metricsRegistry } from '../../src/observe/metrics.ts';
import type { Log } from '../../src/observe/observe.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { openJournal } from '../../src/store/journal.ts';
import { databaseCopy } from '../../src/store/journal-copy.ts';
import { JournalShipper } from '../../src/store/journal-shipper.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { collectEntries, readEntries } from '../../src/store/read-entries.ts';
import { segmentReader } from '../../src/store/segment-files.ts';
import { recordedEntries } from '../../src/store/session-records.ts';
import { workerPort } from '../../src/store/worker-port.ts';

const { OFFHOOK_KILLS } = process.env;
/** Set OFFHOOK_KILLS for a longer run. */
const kills = Number(OFFHOOK_KILLS ?? 40);
const lifeMsMax = 1_500;
const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** The process of the database alone, or the gateway's: the other one has to find out. */
function victimOf(life: ChildProcess, isDatabase: boolean): number {
  const own = life.pid ?? 0;
  if (!isDatabase) return own;
  try {
    const found = execFileSync('pgrep', ['-P', String(own)], { encoding: 'utf8' });
    return Number(found.trim().split('\n')[0]);
  } catch (error) {
    // It has not been started yet.
    if (error instanceof Error && 'status' in error && error.status === 1) return own;
    throw error;
  }
}

async function live(home: string, number: number, random: () => number): Promise<number> {
  const script = join(import.meta.dirname, 'journal-life.child.ts');
  const life = spawn(process.execPath, [script, home, String(number)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  life.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const exited = once(life, 'exit');
  if (random() < 0.3) {
    await wait(random() * lifeMsMax);
    process.kill(victimOf(life, true), 'SIGKILL');
  }
  await wait(random() * lifeMsMax);
  life.kill('SIGKILL');
  await exited;
  return Number(told.trimEnd().split('\n').at(-1) ?? 0);
}

test(`after ${kills} kills what was safe is in the database once, in order`, async () => {
  const home = mkdtempSync(join(tmpdir(), 'offhook-kill-'));
  const random = seededRandom(3);
  const promised: number[] = [];
  for (let number = 0; number < kills; number += 1) {
    promised.push(await live(home, number, () => random.next()));
  }
  const clock = systemClock();
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const parts = { clock, log: silent, metrics };
  const reader = segmentReader(join(home, 'journal'));
  const { journal } = await openJournal({
    ...parts,
    reader,
    openPort: workerPort({
      directory: join(home, 'journal'),
      atEpochMs: clock.epochMs(),
      segmentBytesMax: 256 * 1024,
      retentionMs: Number.POSITIVE_INFINITY,
      repeatableTools: [],
    }),
    scrub: (json) => json,
  });
  const database = openDatabase({ is: 'embedded', directory: join(home, 'store') }, parts);
  const copy = databaseCopy(database, '11111111-1111-4111-8111-111111111111');
  const shipper = new JournalShipper({ ...parts, reader, copy });
  journal.follow((safe) => shipper.advance(safe));
  let lastSession = '';
  promised.forEach((count, number) => {
    if (count > 0) lastSession = `ses_${number}`;
  });
  // The end that recovery has written is the last line of all.
  for (;;) {
    const entries = await recordedEntries(database, lastSession).catch(() => []);
    if (entries.at(-1)?.type === 'session-end') break;
    await wait(200);
  }
  for (const [number, count] of promised.entries()) {
    const sessionId = `ses_${number}`;
    const copied = await recordedEntries(database, sessionId);
    const inFiles = await collectEntries(readEntries(reader, sessionId));
    assert.deepEqual(copied, inFiles);
    assert.ok(copied.length >= count, `${copied.length} of ${count} promised`);
    assert.deepEqual(
      copied.map(({ sequence }) => sequence),
      [...copied.keys()],
    );
  }
  assert.ok(promised.reduce((sum, count) => sum + count) > 0);
  await shipper.close();
  await journal.close();
  await database.close();
  rmSync(home, { recursive: true });
});
