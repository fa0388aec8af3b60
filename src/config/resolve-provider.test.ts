import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveProvider } from './resolve-provider.ts';

const config = { default_provider: 'local' } as const;

test('[V6] the call decides before the persona, and the persona before the configuration', () => {
  assert.equal(resolveProvider({ config }), 'local');
  assert.equal(resolveProvider({ persona: null, config }), 'local');
  assert.equal(resolveProvider({ persona: 'openai_realtime', config }), 'openai_realtime');
  assert.equal(resolveProvider({ call: 'local', persona: 'openai_realtime', config }), 'local');
});

test('`openai` is another name of openai_realtime', () => {
  assert.equal(resolveProvider({ call: 'openai', config }), 'openai_realtime');
});

test('[V6] a provider that there is not fails closed with the choices, whoever names it', () => {
  const error = { code: 'PROVIDER_UNKNOWN', message: /"gemini": choose one of local, openai_re/ };
  assert.throws(() => resolveProvider({ call: 'gemini', config }), error);
  assert.throws(() => resolveProvider({ persona: 'gemini', config }), error);
  assert.throws(() => resolveProvider({ call: '', config }), { code: 'PROVIDER_UNKNOWN' });
});
