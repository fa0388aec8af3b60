import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../src/runtime/random.ts';
import { collectEntries, readEntries } from '../../src/store/read-entries.ts';
import { recordedEntries } from '../../src/store/session-records.ts';
import type { Database } from '../../src/store/store.ts';
import { openJournalAndCopy } from './journal-life.ts';

const { OFFHOOK_KILLS } = process.env;
/** Of all gateways together. Set OFFHOOK_KILLS for a longer run. */
const killCount = Number(OFFHOOK_KILLS ?? 200);
/** Killed beside each other; each has a journal and a database of its own. */
const gatewayCount = 4;
const lifeMsMax = 2_000;
/** For the last copy of all: some megabytes. */
const copyMsMax = 60_000;

/** The process of the database alone, or the gateway's: the other one has to find out. */
function victimOf(life: ChildProcess, isDatabase: boolean): number {
  const own = life.pid ?? 0;
  if (!isDatabase) return own;
  try {
    const found = execFileSync('pgrep', ['-P', String(own)], { encoding: 'utf8' });
    return Number(found.trim().split('\n')[0]);
  } catch (error) {
    // It has not been started yet.
    if (error instanceof Error && 'status' in error && error.status === 1) return own;
    throw error;
  }
}

/** A database that another still locks ends by itself: it may be gone by now. */
function killed(processId: number): void {
  try {
    process.kill(processId, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Gives how many entries were said to be safe. */
async function live(home: string, number: number, random: () => number): Promise<number> {
  const script = join(import.meta.dirname, 'journal-life.child.ts');
  const life = spawn(process.execPath, [script, home, String(number)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  life.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const exited = once(life, 'exit');
  if (random() < 0.3) {
    await wait(random() * lifeMsMax);
    killed(victimOf(life, true));
  }
  await wait(random() * lifeMsMax);
  life.kill('SIGKILL');
  await exited;
  return Number(told.trimEnd().split('\n').at(-1) ?? 0);
}

/** The end that recovery has written is the last line of all. */
async function copied(database: Database, sessionId: string): Promise<void> {
  const giveUpAtMs = performance.now() + copyMsMax;
  for (;;) {
    const entries = await recordedEntries(database, sessionId).catch(() => []);
    if (entries.at(-1)?.type === 'session-end') return;
    assert.ok(performance.now() < giveUpAtMs, `${entries.length} entries after ${copyMsMax} ms`);
    await wait(200);
  }
}

suite('a gateway that is killed', { concurrency: gatewayCount }, () => {
  for (let gateway = 1; gateway <= gatewayCount; gateway += 1) {
    const lives = Math.ceil(killCount / gatewayCount);
    const name = `gateway ${gateway}: after ${lives} kills what was safe is copied once, in order`;
    test(name, async () => {
      const home = mkdtempSync(join(tmpdir(), 'offhook-kill-'));
      const random = seededRandom(gateway);
      const promised: number[] = [];
      for (let number = 0; number < lives; number += 1) {
        promised.push(await live(home, number, () => random.next()));
      }
      const lastSession = promised.findLastIndex((count) => count > 0);
      assert.ok(lastSession >= 0, 'something was safe');
      const { journal, reader, database, shipper } = await openJournalAndCopy(home);
      await copied(database, `ses_${lastSession}`);
      for (const [number, count] of promised.entries()) {
        const sessionId = `ses_${number}`;
        const inDatabase = await recordedEntries(database, sessionId);
        assert.deepEqual(inDatabase, await collectEntries(readEntries(reader, sessionId)));
        assert.ok(inDatabase.length >= count, `${inDatabase.length} of ${count} promised`);
        assert.deepEqual(
          inDatabase.map(({ sequence }) => sequence),
          [...inDatabase.keys()],
        );
      }
      await journal.close();
      await shipper.close();
      await database.close();
      rmSync(home, { recursive: true });
    });
  }
});
