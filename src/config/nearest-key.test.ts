import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mistakes, nearest, nearestKey } from './nearest-key.ts';
import { schemaTree } from './schema-tree.ts';

test('mistakes are letters added, left out, changed or swapped', () => {
  assert.equal(mistakes('port', 'port'), 0);
  assert.equal(mistakes('prot', 'port'), 1);
  assert.equal(mistakes('pot', 'port'), 1);
  assert.equal(mistakes('portt', 'port'), 1);
  assert.equal(mistakes('fort', 'port'), 1);
  assert.equal(mistakes('', 'port'), 4);
  assert.equal(mistakes('kitten', 'sitting'), 3);
});

test('of several near words the one with the fewest mistakes is meant', () => {
  assert.equal(nearest('levl', ['lever', 'level', 'live'], 2), 'level');
  assert.equal(nearest('LEVEL', ['level'], 1), 'level');
  assert.equal(nearest('abc', ['xyz'], 2), undefined);
});

test('a key in the wrong section is found where it belongs', () => {
  const root = schemaTree();
  assert.equal(
    nearestKey(['vad', 'agressiveness'], ['gate', 'webrtc_aggressiveness'], root),
    undefined,
  );
  assert.equal(nearestKey(['vad', 'tailMs'], ['gate'], root), 'gate.tailMs');
  assert.equal(nearestKey(['audiosocket', 'calls_max'], ['host'], root), 'session.calls_max');
});
