import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loaded } from '../config/testing/written-files.ts';
import { personasFrom } from './configured-personas.ts';

const main = `
default_persona: waiter
personas:
  waiter:
    instructions: You wait.
    greeting: Good evening.
    voice: cedar
    language: en
    tools: [hangup_call, lookup_menu]
    min_trust: identified
    provider: local
  bare:
    instructions: You answer.
`;

const personas = personasFrom(loaded({ main }).config);

test('a persona is what the file says', () => {
  assert.deepEqual(personas.find('waiter'), {
    key: 'waiter',
    instructions: 'You wait.',
    greeting: 'Good evening.',
    voice: 'cedar',
    language: 'en',
    tools: ['hangup_call', 'lookup_menu'],
    minTrust: 'identified',
    provider: 'local',
  });
});

test('what a persona leaves out is left to the provider and the defaults', () => {
  assert.deepEqual(personas.find('bare'), {
    key: 'bare',
    instructions: 'You answer.',
    greeting: null,
    voice: null,
    language: null,
    tools: ['hangup_call'],
    minTrust: 'anonymous',
  });
});

test('[A1] a persona has voices by provider and limits of its own where they are written', () => {
  const own = 'voices: { openai_realtime: marin }\n    limits: { call_length_max_s: 60 }';
  const { config } = loaded({ main: main.replace('voice: cedar', own) });
  const found = personasFrom(config).find('waiter');
  assert.deepEqual(found?.voices, { openai_realtime: 'marin' });
  assert.deepEqual(found?.limits, { callMsMax: 60_000 });
  assert.ok(Object.isFrozen(found?.voices) && Object.isFrozen(found?.limits));
});

test('without a key the default persona answers, and an unknown key finds nobody', () => {
  assert.equal(personas.find(undefined)?.key, 'waiter');
  assert.equal(personas.find('nobody'), undefined);
  assert.equal(personas.find('toString'), undefined);
  assert.deepEqual(personas.keys, ['assistant', 'waiter', 'bare']);
});

test('a persona cannot be changed by those who were given it', () => {
  const waiter = personas.find('waiter');
  assert.ok(Object.isFrozen(waiter));
  assert.ok(Object.isFrozen(waiter?.tools));
  assert.ok(Object.isFrozen(personas.keys));
});

test('[V6] a reload makes new personas and leaves those of calls in progress', () => {
  const held = personas.find('waiter');
  const after = personasFrom(loaded({ main: main.replace('You wait.', 'You hurry.') }).config);
  assert.equal(after.find('waiter')?.instructions, 'You hurry.');
  assert.equal(held?.instructions, 'You wait.');
});

test('[A4] a persona names those whom it may hand over to', () => {
  const own = main.replace('voice: cedar', 'handoffs: [bare]');
  const found = personasFrom(loaded({ main: own }).config);
  assert.deepEqual(found.find('waiter')?.handoffs, ['bare']);
  assert.ok(Object.isFrozen(found.find('waiter')?.handoffs));
  assert.equal(found.find('bare')?.handoffs, undefined);
});

test('[A4] a persona that hands over to nobody there is, or to itself, is a mistake', () => {
  for (const whom of ['nobody', 'waiter']) {
    const wrong = main.replace('voice: cedar', `handoffs: [${whom}]`);
    assert.throws(() => loaded({ main: wrong }), /personas\.waiter\.handoffs/);
  }
});
