import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { metricsRegistry } from '../observe/metrics.ts';
import { silentLog } from '../observe/testing/silent.ts';
import { systemClock } from '../runtime/clock.ts';
import { lockDirectory } from './directory-lock.ts';
import { openJournal } from './journal.ts';
import { collectEntries, readEntries } from './read-entries.ts';
import { segmentReader } from './segment-files.ts';
import type { JournalEntry } from './store.ts';
import { workerPort } from './worker-port.ts';

function prompt(sessionId: string, sequence: number): JournalEntry {
  return { type: 'prompt', name: 'hold', sessionId, sequence, atMs: sequence, atEpochMs: 0 };
}

function newDirectory(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-journal-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'journal');
}

function openIn(directory: string) {
  const clock = systemClock();
  return openJournal({
    openPort: workerPort({
      directory,
      atEpochMs: clock.epochMs(),
      segmentBytesMax: 1024 * 1024,
      retentionMs: 24 * 60 * 60 * 1_000,
      repeatableTools: [],
    }),
    reader: segmentReader(directory),
    clock,
    log: silentLog,
    metrics: metricsRegistry({ toolNames: [], hasProcessSeries: false }),
    scrub: (json) => json,
  });
}

test('the worker writes to real files that only their owner may read', async (context) => {
  const directory = newDirectory(context);
  const { journal } = await openIn(directory);
  const written = Array.from({ length: 100 }, (_, sequence) => prompt('a', sequence));
  for (const entry of written) journal.append(entry);
  await journal.durable('a', 99);
  // Read as another process would, beside the writer.
  assert.deepEqual(await collectEntries(readEntries(segmentReader(directory), 'a')), written);
  assert.deepEqual(await collectEntries(journal.entries('a')), written);
  await journal.close();
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(directory, '000001.seg')).mode & 0o777, 0o600);
});

test('a second writer of the directory is refused while the first lives', async (context) => {
  const directory = newDirectory(context);
  const first = await openIn(directory);
  await assert.rejects(openIn(directory), { code: 'STORE_LOCKED' });
  assert.throws(() => lockDirectory(directory, 'the journal'), { code: 'STORE_LOCKED' });
  await first.journal.close();
  const second = await openIn(directory);
  await second.journal.close();
});

test('a torn last line is cut off, the session before it ended', async (context) => {
  const directory = newDirectory(context);
  const first = await openIn(directory);
  first.journal.append(prompt('a', 0));
  await first.journal.close();
  const path = join(directory, '000001.seg');
  writeFileSync(path, '000000ff 0badc0de {"type":"prom', { flag: 'a' });
  const { journal, recovery } = await openIn(directory);
  assert.equal(recovery.tornBytes, 31);
  assert.equal(recovery.lostSessions.length, 1);
  const types = (await collectEntries(journal.entries('a'))).map((entry) => entry.type);
  assert.deepEqual(types, ['prompt', 'session-end']);
  await journal.close();
  assert.deepEqual(readdirSync(directory).sort(), ['000001.seg', '000002.seg', 'lock']);
});

test('a reader finds nothing where no journal was written yet', async (context) => {
  const reader = segmentReader(newDirectory(context));
  assert.deepEqual(await collectEntries(readEntries(reader, 'a')), []);
});

test('a directory that cannot be had is said at once', async (context) => {
  const directory = newDirectory(context);
  writeFileSync(directory, 'a file in its place');
  await assert.rejects(openIn(directory), { code: 'STORE_UNAVAILABLE' });
});
