import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silenceDbfs } from '../audio/level.ts';
import { LevelWindow } from './level-window.ts';

test('nothing is known before a window has been heard, but what is loud is known at once', () => {
  const levels = new LevelWindow(3);
  levels.push(-20);
  assert.equal(levels.minDbfs, silenceDbfs);
  assert.equal(levels.maxDbfs, -20);
});

test('an extreme is kept for one window at least and forgotten after two', () => {
  const levels = new LevelWindow(3);
  for (const level of [-50, -10, -30]) levels.push(level);
  for (const level of [-30, -30, -30]) {
    assert.equal(levels.minDbfs, -50);
    assert.equal(levels.maxDbfs, -10);
    levels.push(level);
  }
  assert.equal(levels.minDbfs, -30);
  assert.equal(levels.maxDbfs, -30);
});
