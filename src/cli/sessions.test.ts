import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GatewayError } from '../runtime/errors.ts';
import { segmentFiles } from '../store/segment-files.ts';
import { frameLine } from '../store/segment-line.ts';
import { type JournalEntry, defaultOrganisationId as organisationId } from '../store/store.ts';
import { listSessions, showSession } from './sessions.ts';
import { terminal } from './terminal.ts';

const at = (sessionId: string, sequence: number) => ({
  sessionId,
  sequence,
  atMs: sequence * 1_000,
  atEpochMs: Date.parse('2026-05-01T10:00:00Z') + sequence * 1_000,
});

const start = {
  type: 'session-start',
  provider: 'local',
  model: 'scripted',
  transport: 'audiosocket',
  persona: 'waiter',
  trust: 'anonymous',
  callId: 'c1',
  callerNumber: null,
  dialledNumber: null,
} as const;

const long = 'a table for two by the window '.repeat(6).trim();

const otherId = '00000000-0000-4000-8000-00000000000b';
const entries: readonly JournalEntry[] = [
  { ...at('ses_1', 0), ...start },
  { ...at('ses_2', 0), ...start, persona: 'cfo' },
  { ...at('ses_1', 1), type: 'caller-said', itemId: 'i1', text: long, spokenAtMs: 900 },
  {
    ...at('ses_1', 2),
    type: 'session-end',
    cause: 'caller-hung-up',
    durationMs: 2_000,
    callerFillerMs: 0,
    agentHeardMs: 0,
  },
  { ...at('ses_3', 0), ...start, organisationId: otherId },
];

async function withJournal(
  read: (journal: string, print: ReturnType<typeof paper>) => Promise<void>,
): Promise<void> {
  const journal = mkdtempSync(join(tmpdir(), 'offhook-sessions-'));
  const files = segmentFiles(journal);
  files.create(1);
  for (const entry of entries) files.append(frameLine(JSON.stringify(entry)));
  files.close();
  try {
    await read(journal, paper());
  } finally {
    rmSync(journal, { recursive: true });
  }
}

function paper() {
  let text = '';
  const stream = { write: (written: string) => (text += written) };
  return { terminal: terminal({ out: stream, errors: stream, env: {} }), text: () => text };
}

test('sessions show tells one session in order and breaks long lines under the words', async () => {
  await withJournal(async (journal, { terminal, text }) => {
    assert.equal(
      await showSession('ses_1', { journal, organisationId, isJson: false }, terminal),
      0,
    );
    const lines = text().trimEnd().split('\n');
    assert.match(lines[0] ?? '', /session +ses_1 began 2026-05-01T10:00:00/);
    assert.match(text(), /caller +a table for two/);
    assert.match(lines.at(-1) ?? '', /caller-hung-up/);
    assert.ok(lines.every((line) => line.length <= 100));
    assert.ok(lines.some((line) => /^ {21}\S/.test(line)));
    assert.doesNotMatch(text(), /cfo/);
  });
});

test('sessions show --json gives the entries as they are', async () => {
  await withJournal(async (journal, { terminal, text }) => {
    await showSession('ses_1', { journal, organisationId, isJson: true }, terminal);
    const told = text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      told,
      entries.filter(({ sessionId }) => sessionId === 'ses_1'),
    );
  });
});

test('a session that is not in the journal is named', async () => {
  await withJournal(async (journal, { terminal }) => {
    await assert.rejects(
      showSession('ses_9', { journal, organisationId, isJson: false }, terminal),
      (error) => error instanceof GatewayError && error.message.includes('ses_9'),
    );
  });
});

test('sessions list has a line for each session, also one in progress', async () => {
  await withJournal(async (journal, { terminal, text }) => {
    await listSessions({ journal, organisationId, isJson: false }, terminal);
    const [, first, second] = text().trimEnd().split('\n');
    assert.match(first ?? '', /^ses_1 +2026-05-01 10:00:00 +waiter +local +1 +caller-hung-up$/);
    assert.match(second ?? '', /^ses_2 .*cfo +local +0 +in progress$/);
  });
});

test('[A6] sessions of another organisation are shown to who names it alone', async () => {
  await withJournal(async (journal, { terminal, text }) => {
    const options = { journal, organisationId: otherId, isJson: true };
    await listSessions(options, terminal);
    assert.equal(JSON.parse(text()).id, 'ses_3');
    assert.equal(await showSession('ses_3', options, terminal), 0);
    const ofDefault = { ...options, organisationId };
    await assert.rejects(showSession('ses_3', ofDefault, terminal), { code: 'NOT_FOUND' });
    await assert.rejects(showSession('ses_1', options, terminal), { code: 'NOT_FOUND' });
  });
});
