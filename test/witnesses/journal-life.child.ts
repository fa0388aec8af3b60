/**
 * One life of a gateway's store, for as long as it lasts: appends entries, makes each hundredth
 * durable, and prints how many are, a line each. Started with the directory and its own number.
 */
import { join } from 'node:path';
import { metricsRegistry } from '../../src/observe/metrics.ts';
import type { Log } from '../../src/observe/observe.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openJournal } from '../../src/store/journal.ts';
import { databaseCopy } from '../../src/store/journal-copy.ts';
import { JournalShipper } from '../../src/store/journal-shipper.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { segmentReader } from '../../src/store/segment-files.ts';
import { workerPort } from '../../src/store/worker-port.ts';

const [home = '', life = ''] = process.argv.slice(2);
const clock = systemClock();
const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => log,
};
const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
const directory = join(home, 'journal');
const reader = segmentReader(directory);
const { journal } = await openJournal({
  ...{ clock, log, metrics, reader },
  openPort: workerPort({
    directory,
    atEpochMs: clock.epochMs(),
    segmentBytesMax: 256 * 1024,
    retentionMs: Number.POSITIVE_INFINITY,
    repeatableTools: [],
  }),
  scrub: (json) => json,
});
const database = openDatabase(
  { is: 'embedded', directory: join(home, 'store') },
  { clock, log, metrics },
);
const copy = databaseCopy(database, '11111111-1111-4111-8111-111111111111');
const shipper = new JournalShipper({ clock, log, metrics, reader, copy });
journal.follow((safe) => shipper.advance(safe));
const sessionId = `ses_${life}`;
for (let sequence = 0; ; sequence += 1) {
  const at = { atMs: sequence, atEpochMs: clock.epochMs() };
  journal.append({ type: 'prompt', name: 'hold', sessionId, sequence, ...at });
  if (sequence % 100 !== 99) continue;
  await journal.durable(sessionId, sequence);
  process.stdout.write(`${sequence + 1}\n`);
}
