import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../runtime/errors.ts';
import type { LegEvent } from '../transport.ts';
import { type TextEvent, TextLeg } from './text-leg.ts';

function line() {
  const call = { callId: 'writer', variables: {} };
  const leg = new TextLeg({ id: 'writer', call, trust: 'anonymous' });
  const told: LegEvent[] = [];
  leg.open((event) => told.push(event));
  const ask = (text: string) => {
    const events: TextEvent[] = [];
    leg.ask(text, (event) => events.push(event));
    return events;
  };
  return { leg, told, ask };
}

test('[A3] a question goes to the session, and its pieces and end come back', () => {
  const { leg, told, ask } = line();
  const events = ask('Hello?');
  assert.deepEqual(told, [{ type: 'caller-text', text: 'Hello?' }]);
  leg.send({ type: 'agent-text', itemId: 'a', text: 'Hel' });
  leg.send({ type: 'agent-text', itemId: 'a', text: 'lo.' });
  leg.send({ type: 'agent-text', itemId: 'b', text: 'And?' });
  leg.send({ type: 'turn-over', outcome: { is: 'answered' } });
  assert.deepEqual(events, [
    { type: 'delta', text: 'Hel' },
    { type: 'delta', text: 'lo.' },
    { type: 'delta', text: '\n\nAnd?' },
    { type: 'answered', text: 'Hello.\n\nAnd?' },
  ]);
});

test('[A3] the next question may be asked from within the end of the last', () => {
  const { leg, told } = line();
  leg.ask('One?', ({ type }) => {
    if (type === 'answered') leg.ask('Two?', () => undefined);
  });
  leg.send({ type: 'turn-over', outcome: { is: 'answered' } });
  assert.ok(leg.isBusy);
  assert.equal(told.length, 2);
});

test('[A3] who hangs up gets no answer, and the session is told once', async () => {
  const { leg, told, ask } = line();
  const events = ask('Hello?');
  leg.hangUp();
  leg.hangUp();
  leg.send({ type: 'agent-text', itemId: 'a', text: 'Hello.' });
  await Promise.resolve();
  assert.deepEqual(events, [{ type: 'ended', cause: 'caller-hung-up' }]);
  assert.deepEqual(told.at(-1), { type: 'ended', cause: 'caller-hung-up' });
  assert.equal(told.length, 2);
});

test('[A3] a session that was refused says why to whoever asks', () => {
  const { leg, ask } = line();
  const error = new GatewayError('CALLS_AT_LIMIT', 'all calls are taken');
  leg.send({ type: 'turn-over', outcome: { is: 'failed', error } });
  leg.send({ type: 'hang-up' });
  assert.throws(() => ask('Hello?'), error);
});
