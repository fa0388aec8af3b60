import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { hangUpCall } from './hang-up-call.ts';
import { toolRegistry } from './registry.ts';

test('[V11] a tool is told to the model as a flat function with a JSON Schema', () => {
  const found = toolRegistry([hangUpCall]).find('hangup_call');
  assert.equal(found?.tool, hangUpCall);
  assert.equal(found.schema.name, 'hangup_call');
  assert.match(found.schema.description, /say goodbye first/i);
  assert.deepEqual(found.schema.parameters, {
    type: 'object',
    properties: {
      reason: {
        type: 'string',
        maxLength: 200,
        description: 'Why the call ends, in a few words.',
      },
    },
  });
});

test('a registry knows its names and nothing else', () => {
  const registry = toolRegistry([hangUpCall]);
  assert.deepEqual(registry.names, ['hangup_call']);
  assert.equal(registry.find('transfer_call'), undefined);
});

test('two tools of one name, a name no vendor takes and arguments that are no object fail', () => {
  assert.throws(() => toolRegistry([hangUpCall, hangUpCall]), /registered once/);
  assert.throws(() => toolRegistry([{ ...hangUpCall, name: 'rag.search' }]), /no name for a tool/);
  assert.throws(() => toolRegistry([{ ...hangUpCall, input: z.string() }]), /are an object/);
});

test('[V11] hangup_call drops the line as its sequel, not by itself', () => {
  assert.deepEqual(hangUpCall.sequel?.({}, { ending: true }), { type: 'hang-up' });
});
