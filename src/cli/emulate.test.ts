import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { systemClock } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import { seededRandom } from '../runtime/random.ts';
import { type EmulateOptions, emulate } from './emulate.ts';

async function withScript(text: string, run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-emulate-'));
  const path = join(folder, 'script.yaml');
  await writeFile(path, text);
  try {
    await run(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function start(options: Partial<EmulateOptions>, lines: string[] = []) {
  const print = (line: string): void => {
    lines.push(line);
  };
  return emulate({ port: 0, ...options }, { clock: systemClock(), random: seededRandom(1), print });
}

const isInvalid = (thrown: unknown): boolean =>
  thrown instanceof GatewayError && thrown.code === 'CONFIG_INVALID';

test('[B2] emulate serves a script from a file and says who came and went', async () => {
  await withScript('name: tiny\nreplies:\n  - say: Hi.\n', async (script) => {
    const lines: string[] = [];
    const emulator = await start({ script }, lines);
    assert.match(lines[0] ?? '', /'tiny' at ws:\/\/127\.0\.0\.1:\d+\/v1\/realtime/);
    const socket = new WebSocket(`${emulator.url}?model=gpt-realtime`);
    const [message] = await once(socket, 'message');
    assert.equal(JSON.parse(message.toString()).type, 'session.created');
    await emulator.close();
    assert.match(lines[1] ?? '', /^conn_\w+ opened, model gpt-realtime$/);
    assert.match(lines[2] ?? '', /^conn_\w+ closed after 0\.\d s$/);
  });
});

test('a script with a mistake is refused with the file and the place', async () => {
  await withScript('replies:\n  - says: Hi.\n', async (script) => {
    await assert.rejects(start({ script }), (thrown) => {
      assert.ok(isInvalid(thrown));
      assert.match(String(thrown), /script\.yaml.*says/s);
      return true;
    });
  });
  await withScript('replies: [', (script) => assert.rejects(start({ script }), isInvalid));
  await assert.rejects(start({ script: '/nowhere/script.yaml' }), isInvalid);
});

test('unknown brains and half of a TLS pair are refused', async () => {
  await assert.rejects(start({ brain: 'clever' }), isInvalid);
  await assert.rejects(start({ tlsCert: 'cert.pem' }), isInvalid);
});
