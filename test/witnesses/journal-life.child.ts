/**
 * One life of a gateway's store, for as long as it lasts: appends entries, makes each hundredth
 * durable, and prints how many are, a line each. Started with the directory and its own number.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { openJournalAndCopy } from './journal-life.ts';

const [home = '', life = ''] = process.argv.slice(2);
/** After each hundredth: 10,000 entries a second at most, that the copy can follow. */
const pauseMs = 10;

const { clock, journal } = await openJournalAndCopy(home);
const sessionId = `ses_${life}`;
for (let sequence = 0; ; sequence += 1) {
  const at = { atMs: sequence, atEpochMs: clock.epochMs() };
  journal.append({ type: 'prompt', name: 'hold', sessionId, sequence, ...at });
  if (sequence % 100 !== 99) continue;
  await journal.durable(sessionId, sequence);
  process.stdout.write(`${sequence + 1}\n`);
  await wait(pauseMs);
}
