import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { Trust } from '../runtime/trust.ts';
import type { JournalBody, JournalEntry } from '../store/store.ts';
import type { Mail } from './mail.ts';
import { requestTranscript } from './request-transcript.ts';
import { forgetOrders } from './transcript-order.ts';
import { TranscriptOutbox } from './transcript-outbox.ts';

const dayMs = 86_400_000;
const said = (text: string, more: object = {}): JournalBody => {
  return { type: 'caller-said', itemId: 'i1', text, spokenAtMs: 0, ...more };
};
const sessionEnd = { type: 'session-end' } as const;

/** A journal's directory, a record of calls and a mail server that takes what it is given. */
function bench(t: TestContext) {
  const journalDirectory = mkdtempSync(join(tmpdir(), 'offhook-outbox-'));
  t.after(() => rmSync(journalDirectory, { recursive: true }));
  const [clock, log, metrics] = [new VirtualClock(), recordingLog(), recordingMetrics()];
  const entries = new Map<string, object[]>();
  const sent: Mail[] = [];
  const server = { isAway: false };
  const record = {
    entries: (sessionId: string) => asEntries(entries.get(sessionId) ?? []),
  };
  const mailer = {
    async send(mail: Mail): Promise<void> {
      if (server.isAway) throw new GatewayError('MAIL_NOT_SENT', 'away');
      sent.push(mail);
    },
  };
  const open = () => {
    const outbox = new TranscriptOutbox({
      ...{ journalDirectory, mailer, record, clock, log, metrics },
    });
    t.after(() => outbox.close());
    return outbox;
  };
  const files = () => readdirSync(join(journalDirectory, 'outbox'));
  const tool = requestTranscript({ journalDirectory, operatorAddress: 'desk@example.org' });
  const ask = async (to: 'operator' | 'caller', trust: Trust = 'anonymous', sessionId = 's1') => {
    const call = { callId: 'c1', callerNumber: '+250788', variables: { email: 'me@example.org' } };
    const { signal } = new AbortController();
    await tool.run({ to }, { sessionId, callId: 'call_1', call, trust, signal, clock });
  };
  return { journalDirectory, clock, log, metrics, entries, sent, server, open, files, ask, tool };
}

async function* asEntries(bodies: readonly object[]): AsyncIterable<JournalEntry> {
  for (const body of bodies) yield body as JournalEntry;
}

test('[V11] a transcript is mailed once the call is over, and not before', async (t) => {
  const { entries, sent, open, files, ask, journalDirectory } = bench(t);
  const outbox = open();
  entries.set('s1', [said('A table, please.'), said('Shall I?', { party: 'second' })]);
  await ask('operator');
  const file = join(journalDirectory, 'outbox', 's1.operator.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  outbox.follow({ type: 'digit', sessionId: 's1' });
  await outbox.idle();
  assert.deepEqual(sent, []);
  entries.get('s1')?.push(sessionEnd);
  outbox.follow({ ...sessionEnd, sessionId: 's1' });
  await outbox.idle();
  assert.deepEqual(sent, [
    {
      to: 'desk@example.org',
      subject: 'Transcript of a call from +250788',
      text: 'Caller: +250788\nCall: s1\n\nCaller: A table, please.\n',
      id: 's1.transcript.operator',
    },
  ]);
  assert.deepEqual(files(), []);
});

test('[V19] transcripts go to the operator, and to callers who are verified', async (t) => {
  const { entries, sent, open, ask, tool } = bench(t);
  const isRefused = (thrown: unknown) =>
    thrown instanceof GatewayError && thrown.code === 'TRUST_TOO_LOW';
  await assert.rejects(ask('caller', 'identified'), isRefused);
  const withAddress = { to: 'operator', address: 'thief@example.net' };
  assert.equal(tool.input.safeParse(withAddress).success, false);
  assert.equal(tool.repeatable, false);
  await ask('caller', 'verified');
  await ask('operator');
  await ask('operator');
  entries.set('s1', [sessionEnd]);
  await open().idle();
  assert.deepEqual(sent.map(({ to }) => to).sort(), ['desk@example.org', 'me@example.org']);
  assert.match(sent[0]?.text ?? '', /\[Nothing was said\.\]/);
});

test('what a lost process left is mailed by the next one, as the same mail', async (t) => {
  const { clock, entries, sent, server, open, files, ask } = bench(t);
  entries.set('s1', [said('Hello.'), sessionEnd]);
  await ask('operator');
  server.isAway = true;
  const lost = open();
  await lost.idle();
  await lost.close();
  assert.deepEqual(files(), ['s1.operator.json']);
  const next = open();
  await next.idle();
  server.isAway = false;
  clock.advance(300_000);
  await next.idle();
  assert.deepEqual(
    sent.map(({ id }) => id),
    ['s1.transcript.operator'],
  );
  assert.deepEqual(files(), []);
  assert.equal(clock.pendingCount, 0);
});

test('a server that takes nothing for three days is given up, and that is counted', async (t) => {
  const { clock, log, metrics, entries, server, open, files, ask } = bench(t);
  entries.set('s1', [sessionEnd]);
  await ask('operator');
  server.isAway = true;
  const outbox = open();
  await outbox.idle();
  clock.stepEpoch(3 * dayMs - 300_000);
  clock.advance(300_000);
  await outbox.idle();
  assert.equal(files().length, 1);
  clock.advance(300_000);
  await outbox.idle();
  assert.deepEqual(files(), []);
  assert.equal(metrics.values.get('offhook_limits_total/transcript-outbox-days'), 1);
  assert.ok(log.lines.some(({ level, message }) => level === 'error' && /given up/.test(message)));
});

test('[V20] an order is forgotten with its session, and nothing is mailed of it', async (t) => {
  const { journalDirectory, entries, sent, open, files, ask } = bench(t);
  await ask('operator', 'anonymous', 's1');
  await ask('operator', 'anonymous', 's2');
  writeFileSync(join(journalDirectory, 'secret.json'), '{}');
  await forgetOrders(journalDirectory, ['s1', '../secret']);
  assert.deepEqual(files(), ['s2.operator.json']);
  assert.ok(existsSync(join(journalDirectory, 'secret.json')));
  // The record of the other has gone meanwhile, as when it is older than what is kept.
  assert.equal(entries.size, 0);
  await open().idle();
  assert.deepEqual([sent, files()], [[], []]);
});

test('an order that nobody understands does not keep the others back', async (t) => {
  const { journalDirectory, entries, sent, open, files, ask } = bench(t);
  entries.set('s2', [sessionEnd]);
  await ask('operator', 'anonymous', 's2');
  writeFileSync(join(journalDirectory, 'outbox', 's1.operator.json'), '{"sessionId":');
  await open().idle();
  assert.equal(sent.length, 1);
  assert.deepEqual(files(), []);
});
