import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultConfig } from '../config/load.ts';
import { systemClock } from '../runtime/clock.ts';
import { systemRandom } from '../runtime/random.ts';
import { createKey, expiryOf, type KeysOptions, listKeys, revokeKey } from './keys.ts';
import { terminal } from './terminal.ts';

test('[O3] keys are made, listed without secrets and revoked on the command line', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'offhook-keys-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const config = defaultConfig();
  const options: KeysOptions = {
    config: { ...config, database: { ...config.database, dir: directory } },
    credentials: null,
    organisationId: null,
    clock: systemClock(),
    random: systemRandom(),
  };
  const printed: string[] = [];
  const stream = (into: string[]) => ({ write: (text: string) => into.push(text) > 0 });
  const person = terminal({ out: stream(printed), errors: stream([]), env: {} });
  const wanted = { name: 'Asterisk', role: 'MANAGER', expiresAt: null } as const;
  await createKey(wanted, options, person);
  const [, id = '', secret = ''] = /^ofk_(\w{12})_(\w{42})\n$/.exec(printed.join('')) ?? [];
  assert.notEqual(secret, '');
  await revokeKey(`ofk_${id}`, options, person);
  await listKeys({ isJson: true }, options, person);
  const record = printed.at(-1) ?? '';
  assert.ok(record.includes(id) && !record.includes(secret));
  assert.notEqual(JSON.parse(record).revokedAt, null);
  await assert.rejects(revokeKey(id, options, person), { code: 'NOT_FOUND' });
  const elsewhere = { ...options, organisationId: '00000000-0000-4000-8000-00000000000e' };
  await assert.rejects(createKey(wanted, elsewhere, person), { code: 'NOT_FOUND' });
});

test('the end of a key is a span or a day to come', () => {
  const now = Date.UTC(2026, 10, 21);
  assert.equal(expiryOf('2d', now)?.toISOString(), '2026-11-23T00:00:00.000Z');
  assert.equal(expiryOf('12h', now)?.toISOString(), '2026-11-21T12:00:00.000Z');
  assert.equal(expiryOf('2027-01-31', now)?.toISOString(), '2027-01-31T00:00:00.000Z');
  for (const text of ['', '0d', '2026-11-20', '2027-13-01', 'soon', '-1d']) {
    assert.equal(expiryOf(text, now), null, text);
  }
});
