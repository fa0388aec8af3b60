import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { leaveOrder } from '../tools/transcript-order.ts';
import { exitCodes } from './exit-codes.ts';
import { forget } from './forget.ts';
import type { Terminal } from './terminal.ts';

test('[V20] a session that is forgotten has no transcript on its way either', async (t) => {
  const journal = mkdtempSync(join(tmpdir(), 'offhook-forget-'));
  t.after(() => rmSync(journal, { recursive: true }));
  const order = { to: 'caller', address: 'a@example.org', caller: '+250788' } as const;
  for (const sessionId of ['s1', 's2']) {
    await leaveOrder(journal, { ...order, sessionId, askedAtEpochMs: 0 });
  }
  const lines: string[] = [];
  const terminal: Terminal = {
    columns: 80,
    isInteractive: false,
    print: (line = '') => lines.push(line),
    complain: (line) => lines.push(line),
    progress: () => undefined,
    tint: (_tone, text) => text,
  };
  const whose = { by: 'session', id: 's1' } as const;
  const code = await forget({ whose, journal, database: null, orderUuid: 'u1' }, terminal);
  assert.equal(code, exitCodes.done);
  assert.deepEqual(readdirSync(join(journal, 'outbox')), ['s2.caller.json']);
  assert.match(lines.join(), /Nothing is left of s1/);
});
