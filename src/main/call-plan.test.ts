import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../config/load.ts';
import { assertExpectable } from './call-plan.ts';

test('[V1] [V6] nobody is announced to an agent that there is not', () => {
  const config = defaultConfig();
  assertExpectable(config, {});
  assertExpectable(config, { persona: 'assistant', provider: 'openai' });
  const pirate = { code: 'NOT_FOUND', details: { persona: 'pirate', choices: 'assistant' } };
  assert.throws(() => assertExpectable(config, { persona: 'pirate' }), pirate);
  assert.throws(() => assertExpectable(config, { persona: 'toString' }), { code: 'NOT_FOUND' });
  assert.throws(() => assertExpectable(config, { provider: 'nobody' }), {
    code: 'PROVIDER_UNKNOWN',
    message: /local, openai_realtime/,
  });
});
