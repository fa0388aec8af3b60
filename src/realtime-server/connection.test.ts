import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Brain, BrainAsk, BrainContext } from './brain.ts';
import { Rehearsal } from './testing/rehearsal.ts';

/** A client of a brain that keeps what it is told and says only what the test lets it say. */
function withBrain(more: Partial<Brain> = {}) {
  const told: BrainAsk[] = [];
  let context: BrainContext | null = null;
  let closedCount = 0;
  const brain: Brain = {
    name: 'listening',
    open(opened) {
      context = opened;
      return {
        tell: (ask) => told.push(ask),
        close: () => {
          closedCount += 1;
        },
      };
    },
    ...more,
  };
  const client = new Rehearsal({ server: { brain } });
  const say: BrainContext['onOutput'] = (output) => {
    assert.ok(context !== null);
    context.onOutput(output);
    client.clock.advance(1);
  };
  const of = <Type extends BrainAsk['type']>(type: Type) =>
    told.filter((ask): ask is Extract<BrainAsk, { type: Type }> => ask.type === type);
  return { client, told, say, of, closedCount: () => closedCount };
}

test('[V5] a brain learns the session, the persona’s key and the tools first of all', () => {
  const { client, told, of } = withBrain();
  assert.equal(told[0]?.type, 'session');
  const prompt = { id: 'waiter', variables: { restaurant: 'Heaven' } };
  const tools = [{ type: 'function' as const, name: 'lookup_menu', parameters: {} }];
  client.send({ type: 'session.update', session: { type: 'realtime', prompt, tools } });
  assert.deepEqual(of('session').at(-1)?.session.prompt, prompt);
  client.send({ type: 'response.create', response: { instructions: 'Greet.' } });
  const request = of('respond')[0]?.request;
  assert.deepEqual(
    [request?.prompt, request?.tools, request?.instructions, request?.modality],
    [prompt, tools, 'Greet.', 'audio'],
  );
});

test('[V5] a brain hears the caller as it speaks, and the whole turn when it is over', () => {
  const { client, of } = withBrain();
  client.hush(400);
  client.speak(400);
  client.hush(520);
  assert.equal(of('caller-audio').length, 66);
  const [start] = of('caller-speech-start');
  const [turn] = of('caller-turn');
  assert.equal(turn?.itemId, start?.itemId);
  assert.equal(turn?.bytes.length, (300 + 400 + 500) * 48, 'padding, speech, silence');
  assert.equal(of('respond')[0]?.request.items.at(-1)?.id, turn?.itemId);
});

test('a brain’s own judge of speech takes the place of energy', () => {
  const { client } = withBrain({ scorer: () => ({ score: () => 1 }) });
  client.hush(100);
  assert.equal(client.of('input_audio_buffer.speech_started').length, 1);
});

test('a cancelled brain is told, and what it says afterwards is heard by nobody', () => {
  const { client, say, of } = withBrain();
  client.send({ type: 'response.create' });
  const responseId = of('respond')[0]?.request.responseId ?? '';
  say({ type: 'text', responseId, delta: 'I was ' });
  client.send({ type: 'response.cancel' });
  assert.deepEqual(of('cancel'), [{ type: 'cancel', responseId }]);
  const heard = client.events.length;
  say({ type: 'text', responseId, delta: 'saying' });
  say({ type: 'audio', responseId, bytes: new Uint8Array(480) });
  say({ type: 'end', responseId, outcome: { status: 'completed' } });
  assert.equal(client.events.length, heard);
});

test('a brain ends only the turn that it names', () => {
  const { client, say, of } = withBrain();
  const turn_detection = { type: 'semantic_vad' as const, eagerness: 'low' as const };
  const audio = { input: { turn_detection } };
  client.send({ type: 'session.update', session: { type: 'realtime', audio } });
  client.speak(300);
  client.hush(420);
  const [pause] = of('caller-pause');
  say({ type: 'caller-turn-over', itemId: 'another' });
  assert.equal(client.of('input_audio_buffer.committed').length, 0);
  say({ type: 'caller-turn-over', itemId: pause?.itemId ?? '' });
  assert.equal(client.last('input_audio_buffer.committed').item_id, pause?.itemId);
});

test('a transcript that failed is reported as such', () => {
  const { client, say, of } = withBrain();
  const audio = { input: { transcription: { model: 'whisper-1' } } };
  client.send({ type: 'session.update', session: { type: 'realtime', audio } });
  client.speak(300);
  client.hush(520);
  const [turn] = of('caller-turn');
  assert.equal(turn?.wantsTranscript, true);
  say({ type: 'caller-transcript-failed', itemId: turn?.itemId ?? '', reason: 'too quiet' });
  const { error } = client.last('conversation.item.input_audio_transcription.failed');
  assert.equal(error.message, 'too quiet');
});

test('a brain is closed once when the client goes, and says nothing after it', () => {
  const { client, say, closedCount } = withBrain();
  client.socket.close(1000, '');
  client.socket.close(1000, '');
  client.clock.advance(10);
  assert.equal(closedCount(), 1);
  const heard = client.events.length;
  say({ type: 'caller-turn-over', itemId: 'item' });
  assert.equal(client.events.length, heard);
  assert.equal(client.clock.pendingCount, 0);
});
