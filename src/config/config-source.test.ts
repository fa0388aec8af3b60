import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigSource } from './config-source.ts';
import { load, loaded } from './testing/written-files.ts';

/** A source whose file can be written. */
function source(first: string) {
  let main = first;
  const config = new ConfigSource(loaded({ main }), () => load({ main }));
  return {
    config,
    write(text: string) {
      main = text;
      return config.reload();
    },
  };
}

test('[V6] a reload puts a new configuration in place; who holds the old one keeps it', () => {
  const { config, write } = source('session: { calls_max: 5 }');
  const before = config.current;
  const result = write('session: { calls_max: 6 }\npersonas: { waiter: { instructions: Serve. } }');
  assert.ok(result.outcome === 'changed');
  assert.deepEqual(result.changedKeys, ['personas.waiter', 'session.calls_max']);
  assert.deepEqual(result.restartKeys, []);
  assert.equal(before.session.calls_max, 5);
  assert.equal(config.current.session.calls_max, 6);
  assert.ok(Object.isFrozen(config.current.session));
});

test('[V6] a file with a problem changes nothing and every problem is told', () => {
  const { config, write } = source('session: { calls_max: 5 }');
  const before = config.current;
  const result = write('session: { calls_max: many }\nnonsense: 1');
  assert.ok(result.outcome === 'refused');
  assert.equal(result.problems.length, 2);
  assert.equal(config.current, before);
});

test('keys that wait for the next start are told apart', () => {
  const { write } = source('');
  const result = write(
    'audiosocket: { port: 9000 }\nvad: { gate: local }\ndirectory: { kitchen: "dial:kitchen" }',
  );
  assert.ok(result.outcome === 'changed');
  assert.deepEqual(result.changedKeys, ['audiosocket.port', 'vad.gate', 'directory.kitchen']);
  assert.deepEqual(result.restartKeys, ['audiosocket.port']);
});

test('a file that says the same in other words changes nothing', () => {
  const { write } = source('vad: { gate: off }');
  assert.deepEqual(write('# a comment\nvad:\n  gate: "off"\n'), { outcome: 'unchanged' });
});

test('a reload tells the warnings of the new file', () => {
  const { write } = source('');
  const result = write('active_pipeline: x\nturn: { authority: gateway }');
  assert.ok(result.outcome === 'changed');
  assert.equal(result.warnings.length, 1);
});

test('a list that became longer or shorter is one change', () => {
  const { write } = source('personas: { assistant: { tools: [a] } }');
  const result = write('personas: { assistant: { tools: [a, b] } }');
  assert.ok(result.outcome === 'changed');
  assert.deepEqual(result.changedKeys, ['personas.assistant.tools']);
});
