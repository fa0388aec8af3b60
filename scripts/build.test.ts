import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withBuiltAddresses } from './build.ts';

test('a built worker is addressed as the JavaScript that it has become', () => {
  const address = (name: string): string => `f(new URL('${name}', import.meta.url), { x: 1 });`;
  assert.equal(withBuiltAddresses(address('./journal.worker.ts')), address('./journal.worker.js'));
  assert.equal(withBuiltAddresses(address('../db.child.ts')), address('../db.child.js'));
  assert.equal(withBuiltAddresses(address('./schema.json')), address('./schema.json'));
});
