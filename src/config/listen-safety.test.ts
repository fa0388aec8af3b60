import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenSafety } from './listen-safety.ts';
import { defaultConfig } from './load.ts';

const { api, audiosocket } = defaultConfig();
const at = (hosts: { api?: string; audiosocket?: string; allow?: readonly string[] }) =>
  listenSafety({
    api: { ...api, host: hosts.api ?? api.host },
    audiosocket: {
      ...audiosocket,
      host: hosts.audiosocket ?? audiosocket.host,
      allow: hosts.allow ?? [],
    },
  }).map(({ key }) => key);

test('[O3] everything binds this machine only unless the operator says otherwise', () => {
  assert.deepEqual([api.host, audiosocket.host], ['127.0.0.1', '127.0.0.1']);
  assert.deepEqual(at({}), []);
});

test('[O3] a listener on another address is unsafe unless it is guarded', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'gateway.example', '', '127.0.0.1.example']) {
    assert.deepEqual(at({ api: host }), ['api.host'], host);
    assert.deepEqual(at({ audiosocket: host }), ['audiosocket.host'], host);
    assert.deepEqual(at({ audiosocket: host, allow: ['192.0.2.7'] }), [], host);
  }
  assert.deepEqual(at({ api: '::', audiosocket: '::' }), ['api.host', 'audiosocket.host']);
});

test('[O3] an address that others reach may be had where credentials are asked for', () => {
  const auth = { ...api.auth, mode: 'required' as const };
  const guarded = { ...api, host: '0.0.0.0', auth };
  assert.deepEqual(listenSafety({ api: guarded, audiosocket }), []);
});

test('[O3] the message names the settings that cure it', () => {
  const [first, second] = listenSafety({
    api: { ...api, host: '0.0.0.0' },
    audiosocket: { ...audiosocket, host: '0.0.0.0' },
  });
  assert.match(first?.message ?? '', /api\.host: 127\.0\.0\.1.*api\.auth\.mode: required/);
  assert.match(second?.message ?? '', /audiosocket\.allow.*audiosocket\.host: 127\.0\.0\.1/);
});
