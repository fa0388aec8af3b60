import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Persona } from '../personas/persona.ts';
import type { Trust } from '../runtime/trust.ts';
import { Cast } from './cast.ts';

const waiter: Persona = {
  key: 'waiter',
  instructions: 'You wait.',
  greeting: null,
  voice: null,
  language: null,
  tools: ['lookup_menu'],
  handoffs: ['cfo'],
  minTrust: 'anonymous',
};
const cfo: Persona = {
  ...waiter,
  key: 'cfo',
  tools: ['fetch_financials'],
  handoffs: [],
  minTrust: 'verified',
};
const clerk: Persona = { ...cfo, key: 'clerk', tools: ['send_mail'], minTrust: 'anonymous' };

function castOf(persona: Persona, trust: Trust, personas: readonly Persona[] = [waiter, cfo]) {
  return new Cast({
    sessionId: 's1',
    call: { callId: 'c1', variables: {} },
    trust,
    tools: { schemas: () => [], run: () => assert.fail('nothing is run') },
    persona,
    personaOf: (key) => personas.find((one) => one.key === key),
  });
}

test('[A4] a persona with somebody to hand over to has the tool for it, others have not', () => {
  assert.deepEqual(castOf(waiter, 'verified').agent.grant.toolNames, ['lookup_menu', 'handoff']);
  assert.deepEqual(castOf(cfo, 'verified').agent.grant.toolNames, ['fetch_financials']);
});

test('[A4] who takes over has its own tools, and no longer those of the one before', () => {
  const cast = castOf(waiter, 'verified');
  const agent = cast.successor('cfo');
  assert.ok(agent);
  cast.takeOver(agent);
  assert.equal(cast.persona.key, 'cfo');
  assert.deepEqual(cast.agent.grant.toolNames, ['fetch_financials']);
  assert.equal(cast.agent.grant.trust, 'verified');
});

test('[V19] a handoff never raises trust and never goes to whom the operator did not name', () => {
  assert.equal(castOf(waiter, 'identified').successor('cfo'), null);
  assert.equal(castOf(waiter, 'verified', [waiter, cfo, clerk]).successor('clerk'), null);
  assert.equal(castOf(waiter, 'verified', [waiter]).successor('cfo'), null);
});

test('[V19] a call is given the tools of its first persona and of all within its reach', () => {
  const far = { ...waiter, handoffs: ['clerk'] };
  const near = { ...clerk, handoffs: ['cfo'] };
  const cast = castOf(far, 'verified', [far, near, cfo]);
  const next = cast.successor('clerk');
  assert.ok(next);
  cast.takeOver(next);
  const last = cast.successor('cfo');
  assert.deepEqual(last?.grant.toolNames, ['fetch_financials']);
});

test('[A4] the operator may choose any persona that the caller is trusted enough for', () => {
  const cast = castOf(waiter, 'anonymous');
  assert.deepEqual(cast.choose(clerk).grant.toolNames, ['send_mail']);
  assert.throws(() => cast.choose(cfo), { code: 'TRUST_TOO_LOW' });
  assert.equal(cast.persona.key, 'clerk');
});
