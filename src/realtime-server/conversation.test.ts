import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mulaw8k } from '../audio/format.ts';
import { Rehearsal } from './testing/rehearsal.ts';

test('[B2] a connection begins with session.created, and an update is answered whole', () => {
  const client = new Rehearsal();
  assert.equal(client.last('session.created').session.model, 'gpt-realtime');
  client.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      instructions: 'Be brief.',
      audio: { input: { format: { type: 'audio/pcmu' }, turn_detection: null } },
    },
  });
  const { session } = client.last('session.updated');
  assert.equal(session.instructions, 'Be brief.');
  assert.equal(session.audio?.input?.format?.type, 'audio/pcmu');
  assert.equal(session.audio?.output?.format?.type, 'audio/pcm', 'what is left out stays');
});

test('[B2] a text turn comes in the order of the guide', () => {
  const client = new Rehearsal();
  client.send({
    type: 'session.update',
    session: { type: 'realtime', output_modalities: ['text'] },
  });
  const from = client.events.length;
  client.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
  });
  client.send({ type: 'response.create' });
  client.clock.advance(10_000);
  assert.deepEqual(client.types(from), [
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
    'rate_limits.updated',
  ]);
});

test('[B2] a spoken turn is detected, committed, answered and transcribed', () => {
  const client = new Rehearsal();
  client.send({
    type: 'session.update',
    session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } },
  });
  client.hush(400);
  const from = client.events.length;
  client.speak(1_000);
  client.hush(600);
  client.clock.advance(10_000);
  const seen = client.types(from).filter((type) => !type.includes('input_audio_transcription'));
  assert.deepEqual(seen.slice(0, 9), [
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
  ]);
  assert.deepEqual(seen.slice(-7), [
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'response.output_item.done',
    'conversation.item.done',
    'response.done',
    'rate_limits.updated',
  ]);
  const started = client.last('input_audio_buffer.speech_started');
  assert.equal(started.audio_start_ms, 100, 'speech at 400 ms less 300 ms of padding');
  assert.equal(client.last('input_audio_buffer.committed').item_id, started.item_id);
  const heard = client.last('conversation.item.input_audio_transcription.completed');
  assert.deepEqual([heard.item_id, heard.transcript], [started.item_id, 'Hello?']);
});

test('[B2] every audio format is spoken both ways', () => {
  for (const type of ['audio/pcmu', 'audio/pcma'] as const) {
    const client = new Rehearsal();
    const format = { type };
    client.send({
      type: 'session.update',
      session: { type: 'realtime', audio: { input: { format }, output: { format } } },
    });
    const spoken = type === 'audio/pcmu' ? mulaw8k : ({ ...mulaw8k, encoding: 'alaw' } as const);
    client.speak(500, spoken);
    client.hush(600, spoken);
    client.clock.advance(5_000);
    const bytes = client
      .of('response.output_audio.delta')
      .reduce((sum, { delta }) => sum + Buffer.from(delta, 'base64').length, 0);
    assert.equal(bytes, 16_000, 'two seconds at 8 kHz');
  }
});

test('[B2] a caller who speaks cancels the response, once and by turn_detected', () => {
  const client = new Rehearsal();
  client.send({ type: 'response.create' });
  client.clock.advance(450);
  client.speak(200);
  const { response } = client.last('response.done');
  assert.equal(response.status, 'cancelled');
  assert.equal(response.status_details?.reason, 'turn_detected');
  const deltas = client.of('response.output_audio.delta').length;
  client.clock.advance(5_000);
  assert.equal(client.of('response.output_audio.delta').length, deltas, 'nothing comes after it');
  assert.equal(client.of('response.done').length, 1);
});

test('with interrupt_response off the response goes on, and the second is refused', () => {
  const client = new Rehearsal();
  client.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: { input: { turn_detection: { type: 'server_vad', interrupt_response: false } } },
    },
  });
  client.send({ type: 'response.create', response: { instructions: 'Go on.' } });
  client.speak(100);
  client.hush(520);
  assert.equal(client.last('error').error.code, 'conversation_already_has_active_response');
  client.clock.advance(5_000);
  assert.equal(client.last('response.done').response.status, 'completed');
});

test('semantic_vad ends the turn when the brain says so, else after its longest wait', () => {
  for (const [completesThoughts, waitedMs] of [
    [true, 400],
    [false, 2_000],
  ] as const) {
    const client = new Rehearsal({ script: { completesThoughts, replies: [{ say: 'Yes.' }] } });
    client.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: { input: { turn_detection: { type: 'semantic_vad', eagerness: 'high' } } },
      },
    });
    client.speak(500);
    client.hush(2_200);
    const { audio_end_ms: endMs } = client.last('input_audio_buffer.speech_stopped');
    assert.ok(Math.abs(endMs - 500 - waitedMs) <= 20, `${endMs} ms`);
  }
});

test('a caller who says nothing is asked again after idle_timeout_ms', () => {
  const client = new Rehearsal();
  client.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: 5_000 } } },
    },
  });
  client.send({ type: 'response.create' });
  client.clock.advance(7_200);
  assert.equal(client.of('input_audio_buffer.timeout_triggered').length, 0, 'playback counts');
  const from = client.events.length;
  client.clock.advance(200);
  assert.deepEqual(client.types(from).slice(0, 5), [
    'input_audio_buffer.timeout_triggered',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'response.created',
  ]);
});

test('an expired session says so and closes with 1001', () => {
  const client = new Rehearsal({ server: { sessionMsMax: 60 * 60_000 } });
  client.clock.advance(60 * 60_000);
  const { error } = client.last('error');
  assert.equal(error.code, 'session_expired');
  assert.equal(error.message, 'Your session hit the maximum duration of 60 minutes.');
  assert.deepEqual(client.close, { code: 1001, reason: error.message });
  assert.equal(client.server.connectionCount, 0);
  assert.equal(client.clock.pendingCount, 0, 'nothing is left waiting');
});

test('[B2] a client of the beta is refused by its header, or by its first flat update', () => {
  const byHeader = new Rehearsal({ headers: { 'OpenAI-Beta': 'realtime=v1' } });
  byHeader.clock.advance(10);
  assert.deepEqual(byHeader.types(), ['error']);
  assert.equal(byHeader.last('error').error.code, 'beta_api_shape_disabled');
  assert.equal(byHeader.close?.code, 4000);
  const byShape = new Rehearsal();
  const session = { modalities: ['text', 'audio'], voice: 'alloy', input_audio_format: 'pcm16' };
  byShape.sendRaw({ type: 'session.update', session });
  byShape.clock.advance(10);
  assert.equal(byShape.last('error').error.code, 'beta_api_shape_disabled');
  assert.equal(byShape.close?.code, 4000);
});

test('a transcription session reports words and creates no response', () => {
  const client = new Rehearsal({ query: 'intent=transcription' });
  client.send({
    type: 'session.update',
    session: {
      type: 'transcription',
      audio: { input: { transcription: { model: 'gpt-live-transcribe' } } },
    },
  });
  assert.equal(client.last('session.updated').session.type, 'transcription');
  client.speak(500);
  client.hush(600);
  client.clock.advance(1_000);
  assert.equal(client.of('conversation.item.input_audio_transcription.completed').length, 1);
  assert.equal(client.of('response.created').length, 0);
  client.send({ type: 'response.create' });
  assert.match(client.last('error').error.message, /transcription session/);
});

test('what is no event is answered by an error that bears the client’s event_id', () => {
  const client = new Rehearsal();
  client.socket.send('not json');
  client.clock.advance(1);
  assert.equal(client.last('error').error.code, 'invalid_event');
  client.sendRaw({ type: 'tool.output', event_id: 'mine' });
  const { error } = client.last('error');
  assert.deepEqual([error.code, error.param, error.event_id], ['invalid_value', 'type', 'mine']);
  client.sendRaw({ type: 'conversation.item.delete', event_id: 'bad' });
  assert.equal(client.last('error').error.event_id, 'bad');
  assert.equal(client.close, null, 'the session stays open');
});

test('committing too little audio is refused; enough becomes an item without a response', () => {
  const client = new Rehearsal();
  client.send({
    type: 'session.update',
    session: { type: 'realtime', audio: { input: { turn_detection: null } } },
  });
  client.send({ type: 'input_audio_buffer.commit' });
  assert.equal(
    client.last('error').error.message,
    'Error committing input audio buffer: buffer too small. ' +
      'Expected at least 100ms of audio, but buffer only has 0.00ms of audio.',
  );
  client.speak(100);
  client.send({ type: 'input_audio_buffer.clear' });
  client.send({ type: 'input_audio_buffer.commit' });
  assert.equal(client.of('error').length, 2, 'clearing empties the buffer');
  client.speak(100);
  client.send({ type: 'input_audio_buffer.commit' });
  client.clock.advance(1_000);
  assert.equal(client.of('input_audio_buffer.committed').length, 1);
  assert.equal(client.of('response.created').length, 0);
  const { item_id: id } = client.last('input_audio_buffer.committed');
  client.send({ type: 'conversation.item.retrieve', item_id: id });
  const { item } = client.last('conversation.item.retrieved');
  assert.ok(item.type === 'message');
  assert.equal(Buffer.from(item.content[0]?.audio ?? '', 'base64').length, 4_800);
});

test('audio that is not base64 is refused', () => {
  const client = new Rehearsal();
  client.send({ type: 'input_audio_buffer.append', audio: '*not base64*' });
  assert.equal(client.last('error').error.param, 'audio');
});
