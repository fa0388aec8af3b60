import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EmulatorScriptSource } from './script.ts';
import { Rehearsal } from './testing/rehearsal.ts';

const script: EmulatorScriptSource = {
  callerSays: ['Hello?', 'Make a call.'],
  replies: [
    { when: { callerSays: 'call' }, calls: [{ name: 'tool', arguments: { a: 1 } }] },
    { when: { callerSays: 'fail' }, outcome: failed() },
    { say: 'A reply of some length to be cut.', sound: { kind: 'tone', ms: 1_500 }, times: 10_000 },
  ],
};

function failed() {
  const error = { type: 'server_error', code: 'server_error', message: 'No.' };
  return { status: 'failed', error } as const;
}

/** Names of items: some made up by the client, some that the server made, some of nobody. */
const pick = fc.nat({ max: 20 });
const ids = fc.constantFrom('a', 'b', 'c', 'd');

/** One thing that a client does; `pick` chooses among the items there are. */
const action = fc.oneof(
  fc.record({ is: fc.constant('wait' as const), ms: fc.nat({ max: 2_000 }) }),
  fc.record({ is: fc.constant('speak' as const), ms: fc.nat({ max: 600 }) }),
  fc.record({ is: fc.constant('hush' as const), ms: fc.nat({ max: 800 }) }),
  fc.record({ is: fc.constant('commit' as const) }),
  fc.record({ is: fc.constant('clear' as const) }),
  fc.record({
    is: fc.constant('create' as const),
    id: ids,
    pick: fc.option(pick),
    text: fc.constantFrom('hello', 'call', 'fail'),
  }),
  fc.record({ is: fc.constant('output' as const), pick }),
  fc.record({ is: fc.constantFrom('delete' as const, 'retrieve' as const), pick }),
  fc.record({ is: fc.constant('truncate' as const), pick, endMs: fc.nat({ max: 2_000 }) }),
  fc.record({
    is: fc.constant('respond' as const),
    isAside: fc.boolean(),
    max: fc.option(fc.integer({ min: 1, max: 60 })),
    modality: fc.constantFrom('audio' as const, 'text' as const),
  }),
  fc.record({ is: fc.constant('cancel' as const) }),
  fc.record({
    is: fc.constant('update' as const),
    detection: fc.constantFrom('server_vad' as const, 'semantic_vad' as const, null),
    doesInterrupt: fc.boolean(),
  }),
  fc.record({ is: fc.constant('junk' as const), value: fc.jsonValue() }),
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

function itemAt(client: Rehearsal, at: number): string {
  return client.law.items[at] ?? 'nobody';
}

function act(client: Rehearsal, one: Action): void {
  switch (one.is) {
    case 'wait':
      client.clock.advance(one.ms);
      break;
    case 'speak':
      client.speak(one.ms);
      break;
    case 'hush':
      client.hush(one.ms);
      break;
    case 'commit':
      client.send({ type: 'input_audio_buffer.commit' });
      break;
    case 'clear':
      client.send({ type: 'input_audio_buffer.clear' });
      break;
    case 'cancel':
      client.send({ type: 'response.cancel' });
      break;
    case 'junk':
      client.sendRaw(one.value);
      break;
    case 'update':
      updateSession(client, one);
      break;
    case 'respond':
      respond(client, one);
      break;
    default:
      actOnItem(client, one);
  }
}

function updateSession(client: Rehearsal, one: Action & { is: 'update' }): void {
  const { detection: type, doesInterrupt } = one;
  const turn_detection = type === null ? null : { type, interrupt_response: doesInterrupt };
  client.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      audio: { input: { turn_detection, transcription: { model: 'whisper-1' } } },
    },
  });
}

function respond(client: Rehearsal, one: Action & { is: 'respond' }): void {
  client.send({
    type: 'response.create',
    response: {
      conversation: one.isAside ? 'none' : 'auto',
      output_modalities: [one.modality],
      ...(one.max === null ? {} : { max_output_tokens: one.max }),
    },
  });
}

function actOnItem(client: Rehearsal, one: Action): void {
  if (one.is === 'create') {
    client.send({
      type: 'conversation.item.create',
      ...(one.pick === null ? {} : { previous_item_id: itemAt(client, one.pick) }),
      item: {
        id: one.id,
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: one.text }],
      },
    });
  } else if (one.is === 'output') {
    const call = client.of('response.function_call_arguments.done').at(one.pick);
    client.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: call?.call_id ?? 'none', output: '{}' },
    });
  } else if (one.is === 'truncate') {
    client.sendRaw({
      type: 'conversation.item.truncate',
      item_id: itemAt(client, one.pick),
      content_index: 0,
      audio_end_ms: one.endMs,
    });
  } else if (one.is === 'delete') {
    client.send({ type: 'conversation.item.delete', item_id: itemAt(client, one.pick) });
  } else if (one.is === 'retrieve') {
    client.send({ type: 'conversation.item.retrieve', item_id: itemAt(client, one.pick) });
  }
}

test('[B2] whatever a client sends, the server keeps its order and its published shapes', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), fc.nat(), (actions, seed) => {
      const client = new Rehearsal({ script, seed });
      for (const one of actions) act(client, one);
      client.send({
        type: 'session.update',
        session: { type: 'realtime', audio: { input: { turn_detection: null } } },
      });
      client.clock.advance(60_000);
      assert.deepEqual(client.law.openResponses, [], 'every response has ended');
      for (const id of client.law.items) {
        client.send({ type: 'conversation.item.retrieve', item_id: id });
        assert.equal(client.last('conversation.item.retrieved').item.id, id);
      }
      assert.equal(client.close, null);
    }),
    { numRuns: 150 },
  );
});

test('[B2] the same seed gives the same session, event by event', () => {
  const run = (seed: number) => {
    const client = new Rehearsal({ script, seed });
    client.speak(500);
    client.hush(700);
    client.speak(300);
    client.hush(700);
    client.clock.advance(5_000);
    return client.events;
  };
  assert.deepEqual(run(4), run(4));
  assert.notDeepEqual(run(4), run(5));
});
