import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ScriptedUtterance } from '../testing/fake-recognizer.ts';
import { BrainRehearsal } from './testing/brain-rehearsal.ts';

type Doing =
  | { readonly do: 'speak' | 'hush' | 'pass'; readonly ms: number }
  | { readonly do: 'ask' | 'respond' | 'cancel' | 'clear' | 'commit' | 'lose-voice' | 'find-voice' }
  | { readonly do: 'swap'; readonly persona: string }
  | { readonly do: 'truncate'; readonly heardMs: number };

const ms = fc.integer({ min: 1, max: 60 }).map((frames) => frames * 20);
const doing: fc.Arbitrary<Doing> = fc.oneof(
  fc.record({ do: fc.constantFrom('speak', 'hush', 'pass'), ms }),
  fc.record({
    do: fc.constantFrom(
      ...(['ask', 'respond', 'cancel', 'clear', 'commit', 'lose-voice', 'find-voice'] as const),
    ),
  }),
  fc.record({ do: fc.constant('swap'), persona: fc.constantFrom('waiter', 'cfo') }),
  fc.record({ do: fc.constant('truncate'), heardMs: fc.integer({ min: 1, max: 2_000 }) }),
);
const utterance: fc.Arbitrary<ScriptedUtterance> = fc.constantFrom<ScriptedUtterance>(
  'the bill please',
  'my number is one two',
  { is: 'refused' },
  { is: 'words', text: 'please the bill', by: 'bigram' },
  { is: 'lost' },
);

/** Whatever the server refuses it refuses in words: the client is allowed any nonsense. */
async function act(call: BrainRehearsal, what: Doing): Promise<void> {
  const { client } = call;
  switch (what.do) {
    case 'speak':
      return await call.speak(what.ms);
    case 'hush':
      return await call.hush(what.ms);
    case 'pass':
      return await call.pass(what.ms);
    case 'ask':
      return await call.ask('hello');
    case 'respond':
      return client.send({ type: 'response.create' });
    case 'cancel':
      return client.send({ type: 'response.cancel' });
    case 'clear':
      return client.send({ type: 'input_audio_buffer.clear' });
    case 'commit':
      return client.send({ type: 'input_audio_buffer.commit' });
    case 'lose-voice':
      call.voice.isHealthy = false;
      return;
    case 'find-voice':
      call.voice.isHealthy = true;
      return;
    case 'swap':
      return await call.update({ prompt: { id: what.persona } });
    case 'truncate': {
      const spoken = client.of('response.output_audio.delta').at(-1);
      if (spoken === undefined) return;
      const { item_id, content_index } = spoken;
      const cut = { item_id, content_index, audio_end_ms: what.heardMs };
      return client.send({ type: 'conversation.item.truncate', ...cut });
    }
  }
}

test('[B2] whatever a client does, the engine answers as published and in order', async () => {
  const property = fc.asyncProperty(
    fc.array(doing, { minLength: 5, maxLength: 25 }),
    fc.array(utterance, { maxLength: 10 }),
    async (doings, utterances) => {
      const call = new BrainRehearsal(utterances);
      call.mind.answers = [
        { is: 'say', text: 'One moment please. I will see what there is for you today.' },
        { is: 'call', name: 'lookup_menu', argumentsJson: '{}' },
      ];
      await call.update();
      for (const each of doings) await act(call, each);
      await call.hush(1_500);
      await call.pass(30_000);
      assert.deepEqual(call.client.law.openResponses, [], 'every response has ended');
      call.client.socket.close(1000, '');
      await call.pass(40);
      assert.equal(call.recognizer.openCount, 0);
      assert.equal(call.client.clock.pendingCount, 0);
    },
  );
  const cutWhileMade: Parameters<typeof act>[1][] = [
    { do: 'respond' },
    { do: 'swap', persona: 'waiter' },
    { do: 'clear' },
    { do: 'truncate', heardMs: 1 },
    { do: 'truncate', heardMs: 1 },
    { do: 'truncate', heardMs: 1 },
  ];
  await fc.assert(property, { numRuns: 15, examples: [[cutWhileMade, []]] });
});
