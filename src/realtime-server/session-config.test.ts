import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeTurnDetection, defaultSession, mergeSession } from './session-config.ts';
import { Rehearsal } from './testing/rehearsal.ts';

const session = defaultSession({
  id: 'sess_1',
  type: 'realtime',
  model: 'gpt-realtime',
  expiresAtEpochMs: 1_767_225_600_999,
});
const past = { hasAgentAudio: false };

test('[B2] one bad field refuses the whole update and the session stays as it was', () => {
  const client = new Rehearsal();
  client.sendRaw({
    type: 'session.update',
    event_id: 'mine',
    session: {
      type: 'realtime',
      instructions: 'never in force',
      audio: { input: { format: { type: 'audio/pcm', rate: 16000 } } },
    },
  });
  assert.equal(client.of('session.updated').length, 0);
  assert.equal(client.last('error').error.event_id, 'mine');
  client.send({ type: 'session.update', session: { type: 'realtime' } });
  assert.equal(client.last('session.updated').session.instructions, '');
});

test('[B2] a field that no session has is an unknown parameter', () => {
  const client = new Rehearsal();
  client.sendRaw({ type: 'session.update', session: { type: 'realtime', temperature: 0.8 } });
  const { error } = client.last('error');
  assert.deepEqual(
    [error.code, error.message],
    ['unknown_parameter', "Unknown parameter: 'session.temperature'."],
  );
});

test('[B2] the voice is fixed by the first audio; the same voice may be sent again', () => {
  const client = new Rehearsal();
  const voice = (name: string) =>
    client.send({
      type: 'session.update',
      session: { type: 'realtime', audio: { output: { voice: name } } },
    });
  voice('cedar');
  client.send({ type: 'response.create' });
  client.clock.advance(5_000);
  voice('cedar');
  assert.equal(client.of('session.updated').length, 2);
  voice('marin');
  const { error } = client.last('error');
  assert.deepEqual(
    [error.code, error.message],
    ['cannot_update_voice', "Cannot update a conversation's voice if assistant audio is present."],
  );
});

test('the model stays that of the connection, whatever an update names', () => {
  const other = mergeSession(session, { type: 'realtime', model: 'gpt-realtime-2.1' }, past);
  assert.ok(other.is === 'merged');
  assert.equal(other.session.model, session.model);
});

test('the kind of a session never changes, nor tracing once it is on', () => {
  assert.equal(mergeSession(session, { type: 'transcription' }, past).is, 'refused');
  const traced = mergeSession(session, { type: 'realtime', tracing: 'auto' }, past);
  assert.ok(traced.is === 'merged');
  assert.equal(
    mergeSession(traced.session, { type: 'realtime', tracing: null }, past).is,
    'refused',
  );
});

test('only present fields change, and null clears', () => {
  const update = { type: 'realtime', audio: { input: { turn_detection: null } } } as const;
  const merged = mergeSession(session, update, past);
  assert.ok(merged.is === 'merged');
  assert.deepEqual(merged.session, {
    ...session,
    audio: { ...session.audio, input: { ...session.audio.input, turn_detection: null } },
  });
  assert.equal(merged.session.expires_at, 1_767_225_600);
});

test('turn detection is completed by the defaults of its kind', () => {
  assert.deepEqual(completeTurnDetection({ type: 'semantic_vad' }), {
    type: 'semantic_vad',
    eagerness: 'auto',
    create_response: true,
    interrupt_response: true,
  });
  const quiet = completeTurnDetection({ type: 'server_vad', create_response: false });
  assert.ok(quiet?.type === 'server_vad');
  assert.deepEqual([quiet.create_response, quiet.prefix_padding_ms], [false, 300]);
});
