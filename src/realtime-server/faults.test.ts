import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../runtime/random.ts';
import { FaultPlan, fault } from './faults.ts';
import type { EmulatorScriptSource } from './script.ts';
import { Rehearsal } from './testing/rehearsal.ts';

type FaultSource = NonNullable<EmulatorScriptSource['faults']>[number];

function rehearse(faults: readonly FaultSource[], isJudged = true): Rehearsal {
  const reply = { say: 'Good day to you all.', sound: { kind: 'tone', ms: 2_000 } } as const;
  const replies = [{ ...reply, times: 100 }];
  const script = { callerSays: ['Hello?'], replies, faults: [...faults] };
  return new Rehearsal({ script, isJudged });
}

test('[B2] refuse: the upgrade fails with the status and the error as JSON', () => {
  const error = { type: 'insufficient_quota', code: 'insufficient_quota', message: 'No money.' };
  const client = rehearse([{ fault: 'refuse', status: 429, error }]);
  client.clock.advance(10);
  assert.equal(client.isOpen, false);
  assert.equal(client.close?.httpStatus, 429);
  assert.deepEqual(JSON.parse(client.close?.httpBody ?? ''), { error: { ...error, param: null } });
});

test('[B2] drop: the connection breaks off at any phase', () => {
  const phases = [
    [{ before: 'session.created' }, 0],
    [{ after: 'session.created' }, 1],
    [{ after: 'response.output_audio.delta', nth: 3 }, 3],
    [{ after: 'response.done' }, 20],
  ] as const;
  for (const [when, eventsMin] of phases) {
    const client = rehearse([{ fault: 'drop', when }]);
    if (client.close === null) client.send({ type: 'response.create' });
    client.clock.advance(5_000);
    assert.equal(client.close?.code, 1006);
    assert.ok(client.events.length >= Math.min(eventsMin, 1));
    assert.equal(client.server.connectionCount, 0);
    assert.equal(client.clock.pendingCount, 0, 'nothing is left waiting');
  }
  const closed = rehearse([{ fault: 'drop', when: { atMs: 100 }, code: 1012 }]);
  closed.clock.advance(200);
  assert.equal(closed.close?.code, 1012);
});

test('[B2] stall: one direction stands still, then all comes at once and in order', () => {
  const when = { after: 'response.output_audio.delta', nth: 2 } as const;
  const client = rehearse([{ fault: 'stall', direction: 'to-client', when, forMs: 3_000 }]);
  client.send({ type: 'response.create' });
  client.clock.advance(2_500);
  const heard = client.events.length;
  assert.equal(client.of('response.output_audio.delta').length, 2);
  client.clock.advance(1_000);
  assert.ok(client.events.length > heard + 20);
  assert.equal(client.last('response.done').response.status, 'completed');
});

test('stall from the client: nothing is answered until it is over', () => {
  const when = { atMs: 10 };
  const client = rehearse([{ fault: 'stall', direction: 'from-client', when, forMs: 1_000 }]);
  client.clock.advance(20);
  client.send({ type: 'session.update', session: { type: 'realtime' } });
  client.clock.advance(900);
  assert.equal(client.of('session.updated').length, 0);
  client.clock.advance(200);
  assert.equal(client.of('session.updated').length, 1);
});

test('burst: events come in bunches', () => {
  const client = rehearse([{ fault: 'burst', when: { atMs: 0 }, everyMs: 500 }]);
  client.send({ type: 'response.create' });
  client.clock.advance(480);
  const before = client.events.length;
  client.clock.advance(40);
  assert.ok(client.events.length > before);
});

test('[B2] collide: the server’s own response comes just before the client’s', () => {
  const client = rehearse([{ fault: 'collide' }]);
  client.send({ type: 'response.create', event_id: 'mine' });
  client.clock.advance(5_000);
  assert.equal(client.last('error').error.code, 'conversation_already_has_active_response');
  assert.equal(client.last('error').error.event_id, 'mine');
  client.send({ type: 'response.create' });
  client.clock.advance(5_000);
  assert.equal(client.of('response.done').length, 2);
  assert.equal(client.of('error').length, 1, 'it happens as often as the script says');
});

test('error and event: any error and any message at any point', () => {
  const error = { type: 'server_error', code: 'server_error', message: 'The server had an error' };
  const client = rehearse(
    [
      { fault: 'error', when: { before: 'response.done' }, error },
      { fault: 'event', when: { after: 'response.created' }, event: { type: 'response.mood' } },
    ],
    false,
  );
  client.send({ type: 'response.create' });
  client.clock.advance(5_000);
  const types = client.events.map(({ type }) => type);
  assert.equal(types[types.indexOf('response.done') - 1], 'error');
  const strange = client.raw.filter((one) => JSON.stringify(one).includes('response.mood'));
  assert.equal(strange.length, 1);
});

test('late transcripts come after later events, as is legal', () => {
  const client = rehearse([{ fault: 'late-transcripts', events: 6 }]);
  client.send({
    type: 'session.update',
    session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } },
  });
  client.speak(400);
  client.hush(600);
  client.clock.advance(5_000);
  const types = client.events.map(({ type }) => type);
  const transcript = types.indexOf('conversation.item.input_audio_transcription.completed');
  assert.ok(transcript > types.indexOf('response.output_audio.delta'));
});

test('expire: the session ends early; no-pong: pings stay unanswered', () => {
  const client = rehearse([{ fault: 'expire', afterMs: 5_000 }, { fault: 'no-pong' }]);
  let pongs = 0;
  client.socket.ping(() => {
    pongs += 1;
  });
  client.clock.advance(4_000);
  assert.equal(pongs, 0);
  client.clock.advance(1_500);
  assert.equal(client.last('error').error.code, 'session_expired');
  assert.equal(client.close?.code, 1001);
});

test('chance chooses the same connections for the same seed', () => {
  const faults = [fault.parse({ fault: 'no-pong', chance: 0.5 })];
  const choose = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 40 }, () => new FaultPlan(faults, random).answersPings);
  };
  assert.deepEqual(choose(7), choose(7));
  assert.ok(new Set(choose(7)).size === 2);
});
