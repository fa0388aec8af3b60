import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPageFile } from './page-files.ts';

/** The page is plain JavaScript: what it gives is said here. */
interface LineWatch {
  look(): void;
  noteSign(): void;
}
const name = 'line-watch.js';
assert.ok(isPageFile(name), 'it is served');
const {
  LineWatch,
}: {
  LineWatch: new (on: { waiting(isWaiting: boolean): void; lost(): void }) => LineWatch;
} = await import(new URL(`page/${name}`, import.meta.url).href);

function watched() {
  const told: string[] = [];
  const line = new LineWatch({
    waiting: (isWaiting) => told.push(isWaiting ? 'waiting' : 'back'),
    lost: () => told.push('lost'),
  });
  const look = (times: number) => {
    for (let count = 0; count < times; count += 1) line.look();
  };
  return { line, look, told };
}

test('[V17] a gateway that falls silent is waited for, then given up, once', () => {
  const { look, told } = watched();
  look(2);
  assert.deepEqual(told, []);
  look(60);
  assert.deepEqual(told, ['waiting', 'lost']);
});

test('[V17] a gateway that sends again in time is back', () => {
  const { line, look, told } = watched();
  for (const seconds of [2, 14, 2]) {
    look(seconds);
    line.noteSign();
  }
  assert.deepEqual(told, ['waiting', 'back']);
});
