import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { playerIn } from './player.ts';

const { signal } = new AbortController();
const unix = process.platform === 'win32' ? 'needs shell scripts' : false;

/** A folder with one program in it that does what `script` says. */
function folderWith(t: TestContext, name: string, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o700);
  return folder;
}

test('a machine without a player plays nothing, and nothing fails', () => {
  assert.equal(playerIn('', 8_000, signal), null);
  assert.equal(playerIn(['/nowhere', '/none'].join(delimiter), 8_000, signal), null);
});

test('a player of pipes hears both sides while the call goes on', { skip: unix }, async (t) => {
  const folder = folderWith(t, 'aplay', 'exec /bin/cat > "$(dirname "$0")/heard"');
  const player = playerIn(folder, 8_000, signal);
  assert.equal(player?.isAfterwards, false);
  player.play({ caller: Int16Array.of(1, 2), agent: Int16Array.of(-1, 258) });
  await player.finish('call.wav');
  const heard = readFileSync(join(folder, 'heard'));
  assert.deepEqual([...heard], [1, 0, 255, 255, 2, 0, 2, 1]);
});

test('a player of files is given the recording at the end', { skip: unix }, async (t) => {
  const folder = folderWith(t, 'afplay', 'printf %s "$1" > "$(dirname "$0")/heard"');
  const player = playerIn(folder, 8_000, signal);
  assert.equal(player?.isAfterwards, true);
  player.play({ caller: Int16Array.of(1), agent: Int16Array.of(1) });
  await player.finish('/tmp/call.wav');
  assert.equal(readFileSync(join(folder, 'heard'), 'utf8'), '/tmp/call.wav');
});

test('a player that breaks off does not break the call', { skip: unix }, async (t) => {
  const player = playerIn(folderWith(t, 'pacat', 'exit 1'), 8_000, signal);
  const second = { caller: new Int16Array(8_000), agent: new Int16Array(8_000) };
  for (let count = 0; count < 60; count += 1) player?.play(second);
  await player?.finish('call.wav');
});

test('a player is ended by whoever leaves, whatever it plays', { skip: unix }, async (t) => {
  const leaving = new AbortController();
  const player = playerIn(folderWith(t, 'afplay', 'exec /bin/sleep 60'), 8_000, leaving.signal);
  const heard = player?.finish('call.wav');
  leaving.abort();
  await heard;
});
