import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  OpenAIRealtimeWebSocket,
  RealtimeAgent,
  RealtimeSession,
  type TransportEvent,
  tool,
} from '@openai/agents/realtime';
import { z } from 'zod';
import { sine } from '../../src/audio/tone.ts';
import type { EmulatorScriptSource } from '../../src/realtime-server/script.ts';
import { startEmulator } from '../emulator.ts';
import { Inbox } from './inbox.ts';

interface Seen {
  readonly type: string;
  readonly audio_end_ms?: unknown;
  readonly item?: unknown;
  readonly session?: unknown;
  readonly transcript?: unknown;
}

/** A transport that keeps what it sends. */
class WatchedTransport extends OpenAIRealtimeWebSocket {
  readonly sent = new Inbox<Seen>();

  override sendEvent(event: Parameters<OpenAIRealtimeWebSocket['sendEvent']>[0]): void {
    super.sendEvent(event);
    this.sent.push(event);
  }
}

async function connect(
  t: TestContext,
  script: EmulatorScriptSource,
  tools: ConstructorParameters<typeof RealtimeAgent>[0]['tools'] = [],
) {
  const emulator = await startEmulator(script);
  const transport = new WatchedTransport();
  const agent = new RealtimeAgent({ name: 'waiter', instructions: 'Be brief.', tools });
  const session = new RealtimeSession(agent, { transport, model: 'gpt-realtime' });
  const events = new Inbox<Seen>();
  const errors: unknown[] = [];
  session.on('transport_event', (event: TransportEvent) => events.push(event as Seen));
  session.on('error', (error) => errors.push(error));
  t.after(async () => {
    session.close();
    await emulator.close();
  });
  await session.connect({ apiKey: 'sk-witness', url: `${emulator.url}?model=gpt-realtime` });
  return { session, transport, events, errors };
}

const limits = { timeout: 10_000 };
const story: EmulatorScriptSource = {
  firstDeltaMs: 20,
  deltaMs: 100,
  speed: 1,
  callerSays: ['tell me a story'],
  replies: [{ say: 'Once upon a time.', sound: { kind: 'tone', ms: 60_000 }, times: 100 }],
};

/** A second of the caller, in pieces of 20 ms, and the silence after it. */
function speak(session: RealtimeSession): void {
  const speech = sine({ rateHz: 24_000, hz: 300, sampleCount: 24_000 });
  const samples = new Int16Array(72_000);
  samples.set(speech);
  for (let at = 0; at < samples.length; at += 480) {
    session.sendAudio(samples.slice(at, at + 480).buffer);
  }
}

test('[B2] both session.updates that the Agents SDK sends at once are kept', limits, async (t) => {
  const { transport, events, errors } = await connect(t, story);
  await events.next('session.updated');
  const updated = await events.next('session.updated');
  assert.equal(transport.sent.of('session.update').length, 2);
  const text = JSON.stringify(updated.session);
  assert.match(text, /Be brief\./);
  assert.match(text, /semantic_vad/);
  assert.match(text, /"tracing":"auto"/);
  assert.deepEqual(errors, []);
});

test('[B2] the Agents SDK hears an answer and writes it into its history', limits, async (t) => {
  const { session, events, errors } = await connect(t, {
    ...story,
    speed: 1_000,
    replies: [{ say: 'Once upon a time.', sound: { kind: 'tone', ms: 1_000 } }],
  });
  const heard: number[] = [];
  session.on('audio', ({ data }) => heard.push(data.byteLength));
  session.sendMessage('Tell me a story.');
  await events.next('response.done');
  assert.equal(
    heard.reduce((sum, bytes) => sum + bytes, 0),
    48_000,
  );
  assert.match(JSON.stringify(session.history), /Once upon a time\./);
  assert.deepEqual(errors, []);
});

test('[B2] [V10] interrupt() of the Agents SDK truncates and retrieves', limits, async (t) => {
  const { session, transport, events, errors } = await connect(t, story);
  session.sendMessage('Tell me a story.');
  for (let count = 0; count < 5; count += 1) await events.next('response.output_audio.delta');
  session.interrupt();
  const truncated = await events.next('conversation.item.truncated');
  const [asked] = transport.sent.of('conversation.item.truncate');
  assert.equal(truncated.audio_end_ms, asked?.audio_end_ms);
  const retrieved = await events.next('conversation.item.retrieved');
  assert.match(JSON.stringify(retrieved.item), /"role":"assistant"/);
  const done = events.of('response.done')[0];
  assert.match(JSON.stringify(done), /"status":"cancelled".*"client_cancelled"/);
  assert.deepEqual(errors, []);
});

test('[B2] [V10] speech over the agent interrupts it in the Agents SDK', limits, async (t) => {
  const { session, transport, events, errors } = await connect(t, story);
  session.sendMessage('Tell me a story.');
  await events.next('response.output_audio.delta');
  speak(session);
  await events.next('input_audio_buffer.speech_started');
  const done = await events.next('response.done');
  assert.match(JSON.stringify(done), /"status":"cancelled".*"turn_detected"/);
  await events.next('conversation.item.truncated');
  assert.equal(transport.sent.of('conversation.item.truncate').length, 1);
  assert.deepEqual(errors, []);
});

test('[B2] [V11] a tool of the Agents SDK runs and its result is answered', limits, async (t) => {
  const given: unknown[] = [];
  const lookup = tool({
    name: 'lookup_menu',
    description: 'Looks up a dish.',
    parameters: z.object({ query: z.string() }),
    execute: (input) => {
      given.push(input);
      return { price: 5 };
    },
  });
  const script: EmulatorScriptSource = {
    ...story,
    speed: 1_000,
    replies: [
      { times: 1, calls: [{ name: 'lookup_menu', arguments: { query: 'soup' } }] },
      { when: { afterTool: 'lookup_menu' }, say: 'Five euros.' },
    ],
  };
  const { session, events, errors } = await connect(t, script, [lookup]);
  session.sendMessage('How much is the soup?');
  const { transcript } = await events.next('response.output_audio_transcript.done');
  assert.equal(transcript, 'Five euros.');
  assert.deepEqual(given, [{ query: 'soup' }]);
  assert.deepEqual(errors, []);
});
