import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rehearsal } from './testing/rehearsal.ts';

function add(client: Rehearsal, id: string, previousId?: string): void {
  client.send({
    type: 'conversation.item.create',
    ...(previousId === undefined ? {} : { previous_item_id: previousId }),
    item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text: id }] },
  });
}

/** A client that has heard two seconds of a reply, and the id of its item. */
function afterReply(): { client: Rehearsal; id: string } {
  const client = new Rehearsal();
  client.send({ type: 'response.create' });
  client.clock.advance(5_000);
  const { item } = client.last('conversation.item.done');
  assert.ok(item.id !== undefined);
  return { client, id: item.id };
}

test('[B2] items stand where previous_item_id puts them, and the chain closes over a gap', () => {
  const client = new Rehearsal();
  add(client, 'one');
  add(client, 'two');
  add(client, 'zero', 'root');
  add(client, 'half', 'one');
  assert.deepEqual(client.law.items, ['zero', 'one', 'half', 'two']);
  assert.equal(client.last('conversation.item.added').previous_item_id, 'one');
  client.send({ type: 'conversation.item.delete', item_id: 'two' });
  assert.equal(client.last('conversation.item.deleted').item_id, 'two');
  add(client, 'three');
  assert.equal(client.last('conversation.item.added').previous_item_id, 'half');
});

test('[B2] ids that are taken or unknown are refused in the words of the vendor', () => {
  const client = new Rehearsal();
  add(client, 'one');
  const refusals: [() => void, string, string][] = [
    [
      () => add(client, 'one'),
      'item_create_duplicate_item_id',
      "Error adding item: an item with id 'one' already exists.",
    ],
    [
      () => add(client, 'two', 'gone'),
      'item_create_invalid_previous_item_id',
      "Error adding item: the previous item with id 'gone' does not exist.",
    ],
    [
      () => client.send({ type: 'conversation.item.retrieve', item_id: 'gone' }),
      'item_retrieve_invalid_item_id',
      "Error retrieving item: the item with id 'gone' does not exist.",
    ],
    [
      () => client.send({ type: 'conversation.item.delete', item_id: 'gone' }),
      'item_delete_invalid_item_id',
      "Error deleting item: the item with id 'gone' does not exist.",
    ],
    [
      () =>
        client.send({
          type: 'conversation.item.create',
          item: { type: 'function_call_output', call_id: 'call_x', output: '{}' },
        }),
      'invalid_tool_call_id',
      "Tool call ID 'call_x' not found in conversation.",
    ],
  ];
  for (const [act, code, message] of refusals) {
    act();
    const { error } = client.last('error');
    assert.deepEqual([error.code, error.message], [code, message]);
  }
});

test('[B2] a truncated item keeps the audio and the words that were heard', () => {
  const { client, id } = afterReply();
  const truncate = { type: 'conversation.item.truncate', item_id: id, content_index: 0 } as const;
  client.send({ ...truncate, audio_end_ms: 700 });
  assert.equal(client.last('conversation.item.truncated').audio_end_ms, 700);
  client.send({ type: 'conversation.item.retrieve', item_id: id });
  const { item } = client.last('conversation.item.retrieved');
  assert.ok(item.type === 'message');
  const [part] = item.content;
  assert.equal(part?.transcript, 'Good day ', 'of "Good day to you all."');
  assert.equal(Buffer.from(part?.audio ?? '', 'base64').length, 700 * 48);
  client.send({ ...truncate, audio_end_ms: 701 });
  assert.equal(
    client.last('error').error.message,
    'Audio content of 700ms is already shorter than 701ms',
  );
});

test('[B2] a cut beyond the audio, at nothing, or of no model audio is refused', () => {
  const { client, id } = afterReply();
  const truncate = { type: 'conversation.item.truncate', item_id: id, content_index: 0 } as const;
  client.send({ ...truncate, audio_end_ms: 2_060, event_id: 'late' });
  const { error } = client.last('error');
  assert.equal(error.message, 'Audio content of 2000ms is already shorter than 2060ms');
  assert.deepEqual([error.code, error.event_id], ['invalid_value', 'late']);
  client.send({ ...truncate, audio_end_ms: 0 });
  assert.equal(client.last('error').error.param, 'audio_end_ms');
  add(client, 'mine');
  client.send({ ...truncate, item_id: 'mine', audio_end_ms: 10 });
  const refusal = client.last('error').error;
  assert.deepEqual(
    [refusal.code, refusal.message],
    [null, 'Only model output audio messages can be truncated'],
  );
  client.send({ ...truncate, item_id: 'gone', audio_end_ms: 10 });
  assert.equal(client.last('error').error.code, 'item_truncate_invalid_item_id');
});

test('audio of a client’s own item comes back on retrieve and in no other event', () => {
  const client = new Rehearsal();
  const audio = Buffer.alloc(4_800, 7).toString('base64');
  client.send({
    type: 'conversation.item.create',
    item: {
      id: 'spoken',
      type: 'message',
      role: 'user',
      content: [{ type: 'input_audio', audio }],
    },
  });
  const { item: added } = client.last('conversation.item.added');
  assert.ok(added.type === 'message');
  assert.equal(added.content[0]?.audio, undefined);
  client.send({ type: 'conversation.item.retrieve', item_id: 'spoken' });
  const { item } = client.last('conversation.item.retrieved');
  assert.ok(item.type === 'message');
  assert.equal(item.content[0]?.audio, audio);
});

test('of ten minutes of audio the newest part is kept, the rest is counted as forgotten', () => {
  const say = { say: 'On and on.', sound: { kind: 'ladder', ms: 600_000 }, speed: 1_000 } as const;
  const client = new Rehearsal({ script: { replies: [say] } });
  client.send({ type: 'response.create' });
  client.clock.advance(5_000);
  assert.equal(client.last('response.done').response.status, 'completed');
  assert.ok(client.notes.some((note) => note.type === 'limit'));
  const { item } = client.last('conversation.item.done');
  client.send({
    type: 'conversation.item.truncate',
    item_id: item.id ?? '',
    content_index: 0,
    audio_end_ms: 599_999,
  });
  assert.equal(client.of('error').length, 0, 'its length is known all the same');
});
