import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOracle, relaxedNulls, serverOracle } from './schema-oracle.ts';

test('[B2] the oracle refuses what the published types refuse', () => {
  const truncate = { type: 'conversation.item.truncate', item_id: 'item_1', content_index: 0 };
  assert.equal(clientOracle.faultsOf({ ...truncate, audio_end_ms: 10 }).length, 0);
  assert.notEqual(clientOracle.faultsOf(truncate).length, 0);
  assert.notEqual(clientOracle.faultsOf({ type: 'tool.output' }).length, 0);
  const done = { type: 'response.done', event_id: 'event_1' };
  assert.equal(serverOracle.faultsOf({ ...done, response: { status: 'cancelled' } }).length, 0);
  assert.notEqual(serverOracle.faultsOf({ ...done, response: { status: 'stopped' } }).length, 0);
});

test('every relaxed null says where it was seen', () => {
  for (const { source } of relaxedNulls) assert.match(source, /^(example of|text:) /);
});
