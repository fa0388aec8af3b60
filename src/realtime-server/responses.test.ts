import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rehearsal } from './testing/rehearsal.ts';

test('[B2] a second response is refused while one writes to the conversation', () => {
  const client = new Rehearsal();
  client.send({ type: 'response.create' });
  client.send({ type: 'response.create', event_id: 'second' });
  const { error } = client.last('error');
  const { id } = client.last('response.created').response;
  assert.deepEqual(
    [error.code, error.event_id, error.message],
    [
      'conversation_already_has_active_response',
      'second',
      `Conversation already has an active response in progress: ${id}. ` +
        'Wait until the response is finished before creating a new one.',
    ],
  );
});

test('[B2] responses out of band run beside it and join no conversation', () => {
  const client = new Rehearsal();
  client.send({ type: 'response.create' });
  client.send({
    type: 'response.create',
    response: {
      conversation: 'none',
      output_modalities: ['text'],
      metadata: { purpose: 'side' },
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Sum up' }] }],
    },
  });
  const side = client.last('response.created').response;
  assert.equal(side.conversation_id, null);
  assert.deepEqual(side.metadata, { purpose: 'side' });
  client.clock.advance(10_000);
  assert.equal(client.of('response.done').length, 2);
  assert.equal(client.law.items.length, 1, 'only the reply of the conversation is an item');
  assert.equal(client.of('error').length, 0);
});

test('[B2] cancel ends a response by client_cancelled, and is refused when none runs', () => {
  const client = new Rehearsal();
  client.send({ type: 'response.cancel', event_id: 'early' });
  const { error } = client.last('error');
  assert.deepEqual(
    [error.code, error.message, error.event_id],
    ['response_cancel_not_active', 'Cancellation failed: no active response found', 'early'],
  );
  client.send({ type: 'response.create' });
  client.clock.advance(450);
  client.send({ type: 'response.cancel' });
  const { response } = client.last('response.done');
  assert.equal(response.status_details?.reason, 'client_cancelled');
  const [item] = response.output ?? [];
  assert.ok(item?.type === 'message');
  assert.equal(item.status, 'incomplete');
  const said = client
    .of('response.output_audio_transcript.delta')
    .map(({ delta }) => delta)
    .join('');
  assert.equal(item.content[0]?.transcript, said, 'it holds what was sent, not what was meant');
});

test('[B2] a response that reaches max_output_tokens ends incomplete', () => {
  const client = new Rehearsal();
  client.send({ type: 'response.create', response: { max_output_tokens: 10 } });
  client.clock.advance(10_000);
  const { response } = client.last('response.done');
  assert.equal(response.status, 'incomplete');
  assert.equal(response.status_details?.reason, 'max_output_tokens');
  assert.equal(client.of('response.done').length, 1);
});

test('[B2] a function call comes whole, and its output leads to the next reply', () => {
  const call = { name: 'lookup_menu', arguments: { query: 'fish' } };
  const client = new Rehearsal({
    script: {
      replies: [
        { when: { afterTool: 'lookup_menu' }, say: 'We have tilapia.' },
        { say: 'One moment.', calls: [call] },
      ],
    },
  });
  client.send({ type: 'response.create' });
  client.clock.advance(5_000);
  const done = client.last('response.function_call_arguments.done');
  assert.deepEqual([done.name, JSON.parse(done.arguments)], [call.name, call.arguments]);
  const kinds = client.last('response.done').response.output?.map((item) => item.type);
  assert.deepEqual(kinds, ['message', 'function_call']);
  client.send({
    type: 'conversation.item.create',
    item: { type: 'function_call_output', call_id: done.call_id, output: '[]' },
  });
  client.send({ type: 'response.create' });
  client.clock.advance(5_000);
  const said = client.last('response.output_audio_transcript.done').transcript;
  assert.equal(said, 'We have tilapia.');
});

test('[B2] usage adds up, grows with the conversation, and is zero for what failed', () => {
  const client = new Rehearsal({
    script: {
      replies: [
        { say: 'First.' },
        { say: 'Second.' },
        {
          outcome: {
            status: 'failed',
            error: { type: 'server_error', code: 'server_error', message: 'Sorry.' },
          },
        },
      ],
    },
  });
  const usages = [1, 2, 3].map(() => {
    client.send({ type: 'response.create' });
    client.clock.advance(5_000);
    return client.last('response.done').response.usage;
  });
  const [first, second, failed] = usages;
  assert.ok(first !== undefined && first !== null && second !== undefined && second !== null);
  assert.equal(first.total_tokens, (first.input_tokens ?? 0) + (first.output_tokens ?? 0));
  assert.ok((second.input_tokens ?? 0) > (first.input_tokens ?? 0));
  assert.equal(failed?.total_tokens, 0);
  assert.equal(client.last('response.done').response.status_details?.error?.code, 'server_error');
  const [, tokens] = client.last('rate_limits.updated').rate_limits;
  const spent = (first.total_tokens ?? 0) + (second.total_tokens ?? 0);
  assert.equal(tokens?.remaining, (tokens?.limit ?? 0) - spent);
});

test('references to items that are not there are refused', () => {
  const client = new Rehearsal();
  const input = [{ type: 'item_reference', id: 'gone' }] as const;
  client.sendRaw({ type: 'response.create', response: { input } });
  assert.equal(client.last('error').error.code, 'item_retrieve_invalid_item_id');
  assert.equal(client.of('response.created').length, 0);
});
