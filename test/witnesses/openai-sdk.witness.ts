import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import type { OpenAIRealtimeError } from 'openai/realtime/internal-base';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { pcm } from '../../src/audio/format.ts';
import type { EmulatorScriptSource } from '../../src/realtime-server/script.ts';
import { makeSound, readSound } from '../../src/realtime-server/script-sound.ts';
import { startEmulator } from '../emulator.ts';
import { Inbox } from './inbox.ts';

/** The SDK speaks wss only, whatever its base URL says. */
async function connect(t: TestContext, script: EmulatorScriptSource) {
  const emulator = await startEmulator(script, { isTls: true });
  const baseURL = emulator.url.replace(/^wss:(.*)\/realtime$/, 'https:$1');
  const client = new OpenAI({ apiKey: 'sk-witness', baseURL });
  const realtime = new OpenAIRealtimeWS(
    { model: 'gpt-realtime', options: { ca: emulator.ca } },
    client,
  );
  const events = new Inbox<RealtimeServerEvent>();
  realtime.on('event', (event) => events.push(event));
  // Errors are events too: without a listener the SDK would throw them.
  realtime.on('error', () => undefined);
  t.after(async () => {
    realtime.close();
    await emulator.close();
  });
  await events.next('session.created');
  return { realtime, events };
}

const limits = { timeout: 10_000 };
const oneReply = (reply: EmulatorScriptSource['replies'][number]): EmulatorScriptSource => ({
  firstDeltaMs: 20,
  speed: 1_000,
  callerSays: ['what is on the menu'],
  transcriptMs: 20,
  replies: [reply],
});
const bytesOf = (base64: string): number => Buffer.from(base64, 'base64').length;
const says = (text: string) => ({
  type: 'message' as const,
  role: 'user' as const,
  content: [{ type: 'input_text' as const, text }],
});

test('[B2] the openai SDK sees its session.update acknowledged over TLS', limits, async (t) => {
  const { realtime, events } = await connect(t, oneReply({ say: 'Hi.' }));
  realtime.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      instructions: 'Be brief.',
      output_modalities: ['audio'],
      audio: {
        input: {
          format: { type: 'audio/pcmu' },
          turn_detection: { type: 'server_vad', silence_duration_ms: 300 },
        },
        output: { format: { type: 'audio/pcmu' }, voice: 'marin' },
      },
    },
  });
  const { session } = await events.next('session.updated');
  assert.equal(session.type, 'realtime');
  assert.ok('audio' in session && session.audio !== undefined);
  assert.deepEqual(session.audio.input?.format, { type: 'audio/pcmu' });
  assert.equal('instructions' in session && session.instructions, 'Be brief.');
});

test('[B2] the openai SDK reads an answer in text word by word', limits, async (t) => {
  const { realtime, events } = await connect(t, oneReply({ say: 'We have soup and bread.' }));
  realtime.send({ type: 'conversation.item.create', item: says('What do you have?') });
  realtime.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  const { response } = await events.next('response.done');
  assert.equal(response.status, 'completed');
  const words = events.of('response.output_text.delta').map(({ delta }) => delta);
  assert.ok(words.length > 1);
  assert.equal(words.join(''), 'We have soup and bread.');
  assert.ok((response.usage?.total_tokens ?? 0) > 0);
});

test('[B2] the openai SDK speaks, is heard, and hears every sample', limits, async (t) => {
  const soup = { say: 'We have soup.', sound: { kind: 'ramp' as const, ms: 1_990 } };
  const { realtime, events } = await connect(t, oneReply(soup));
  realtime.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: {
        input: {
          transcription: { model: 'gpt-live-transcribe' },
          turn_detection: { type: 'server_vad', silence_duration_ms: 200 },
        },
      },
    },
  });
  await events.next('session.updated');
  const format = pcm(24_000);
  const spoken = makeSound({ kind: 'tone', hz: 300, ms: 600 }, '', format, () => null);
  const audio = [readSound(spoken, 0, spoken.lengthBytes), new Uint8Array(24 * 2 * 600)];
  for (const bytes of audio) {
    const base64 = Buffer.from(bytes).toString('base64');
    realtime.send({ type: 'input_audio_buffer.append', audio: base64 });
  }
  await events.next('input_audio_buffer.speech_started');
  await events.next('input_audio_buffer.speech_stopped');
  const { transcript } = await events.next('conversation.item.input_audio_transcription.completed');
  assert.equal(transcript, 'what is on the menu');
  await events.next('response.done');
  const heard = events.of('response.output_audio.delta').map(({ delta }) => bytesOf(delta));
  assert.equal(
    heard.reduce((sum, bytes) => sum + bytes, 0),
    1_990 * 24 * 2,
  );
  const { transcript: said } = events.of('response.output_audio_transcript.done')[0]!;
  assert.equal(said, 'We have soup.');
});

test('[B2] a function call makes the round trip through the openai SDK', limits, async (t) => {
  const { realtime, events } = await connect(t, {
    firstDeltaMs: 20,
    speed: 1_000,
    replies: [
      { when: { turn: 1 }, times: 1, calls: [{ name: 'lookup', arguments: { dish: 'soup' } }] },
      { when: { afterTool: 'lookup' }, say: 'Soup is five euros.' },
    ],
  });
  realtime.send({ type: 'conversation.item.create', item: says('How much is soup?') });
  realtime.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  const call = await events.next('response.function_call_arguments.done');
  assert.deepEqual(JSON.parse(call.arguments), { dish: 'soup' });
  await events.next('response.done');
  const item = {
    type: 'function_call_output' as const,
    call_id: call.call_id,
    output: '{"price":5}',
  };
  realtime.send({ type: 'conversation.item.create', item });
  realtime.send({ type: 'response.create', response: { output_modalities: ['text'] } });
  const { text } = await events.next('response.output_text.done');
  assert.equal(text, 'Soup is five euros.');
});

test('[B2] the openai SDK cancels a reply, and only one in progress', limits, async (t) => {
  const { realtime, events } = await connect(t, {
    ...oneReply({ say: 'A long story.', sound: { kind: 'tone', ms: 60_000 } }),
    speed: 1,
  });
  realtime.send({ type: 'response.create' });
  await events.next('response.output_audio.delta');
  realtime.send({ type: 'response.cancel' });
  const { response } = await events.next('response.done');
  assert.equal(response.status, 'cancelled');
  assert.equal(response.status_details?.reason, 'client_cancelled');
  realtime.send({ type: 'response.cancel', event_id: 'too_late' });
  const { error } = await events.next('error');
  assert.equal(error.code, 'response_cancel_not_active');
  assert.equal(error.event_id, 'too_late');
});

test('[B2] the openai SDK truncates what was not heard, never beyond it', limits, async (t) => {
  const story = { say: 'One two three four.', sound: { kind: 'tone' as const, ms: 2_000 } };
  const { realtime, events } = await connect(t, oneReply(story));
  realtime.send({ type: 'response.create' });
  const { item_id } = await events.next('response.output_audio.done');
  await events.next('response.done');
  const type = 'conversation.item.truncate';
  realtime.send({ type, item_id, content_index: 0, audio_end_ms: 2_001 });
  const { error } = await events.next('error');
  assert.equal(error.type, 'invalid_request_error');
  assert.match(error.message, /2000/);
  realtime.send({ type, item_id, content_index: 0, audio_end_ms: 500 });
  const truncated = await events.next('conversation.item.truncated');
  assert.equal(truncated.audio_end_ms, 500);
  realtime.send({ type: 'conversation.item.retrieve', item_id });
  const { item } = await events.next('conversation.item.retrieved');
  assert.ok(item.type === 'message' && item.role === 'assistant');
  const [part] = item.content;
  assert.ok(part?.type === 'output_audio');
  assert.equal(bytesOf(part.audio ?? ''), 500 * 24 * 2);
});

test(
  "[B2] what the openai SDK sends wrong comes back as the vendor's errors",
  limits,
  async (t) => {
    const { realtime, events } = await connect(t, oneReply({ say: 'Hi.' }));
    const thrown = new Promise<OpenAIRealtimeError>((resolve) => realtime.on('error', resolve));
    const wrong = { type: 'session.update', session: { type: 'realtime', voices: 1 } };
    realtime.send(wrong as never);
    const { error } = await thrown;
    assert.equal(error?.code, 'unknown_parameter');
    assert.equal(error?.param, 'session.voices');
    realtime.send({ type: 'conversation.item.truncate', item_id: 'x', content_index: 0 } as never);
    await events.next('error');
    const missing = await events.next('error');
    assert.equal(missing.error.code, 'missing_required_parameter');
    assert.equal(missing.error.param, 'audio_end_ms');
    realtime.send({ type: 'tools.update' } as never);
    const unknown = await events.next('error');
    assert.equal(unknown.error.type, 'invalid_request_error');
  },
);
