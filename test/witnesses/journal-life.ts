import { join } from 'node:path';
import { metricsRegistry } from '../../src/observe/metrics.ts';
import { silentLog } from '../../src/observe/testing/silent.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openJournal } from '../../src/store/journal.ts';
import { databaseCopy } from '../../src/store/journal-copy.ts';
import { JournalShipper } from '../../src/store/journal-shipper.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { segmentReader } from '../../src/store/segment-files.ts';
import { workerPort } from '../../src/store/worker-port.ts';

/** A gateway's journal in `home`, its database, and the copying from one to the other. */
export async function openJournalAndCopy(home: string) {
  const clock = systemClock();
  const metrics = metricsRegistry({ toolNames: [], hasProcessSeries: false });
  const parts = { clock, log: silentLog, metrics };
  const directory = join(home, 'journal');
  const reader = segmentReader(directory);
  const { journal } = await openJournal({
    ...parts,
    reader,
    openPort: workerPort({
      directory,
      atEpochMs: clock.epochMs(),
      segmentBytesMax: 256 * 1024,
      retentionMs: Number.POSITIVE_INFINITY,
      repeatableTools: [],
    }),
    scrub: (json) => json,
  });
  const database = openDatabase({ is: 'embedded', directory: join(home, 'store') }, parts);
  const copy = databaseCopy(database, {
    journalId: '11111111-1111-4111-8111-111111111111',
    openaiRequests: { tags: ['demo'], quotaTag: 'trial' },
  });
  const shipper = new JournalShipper({ ...parts, reader, copy });
  journal.follow((safe) => shipper.advance(safe));
  return { clock, journal, reader, database, shipper };
}
