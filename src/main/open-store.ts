import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Closer } from '../runtime/closer.ts';
import type { Random } from '../runtime/random.ts';
import { ForgetOrders } from '../store/forget-orders.ts';
import type { FileJournal } from '../store/journal.ts';
import { databaseCopy } from '../store/journal-copy.ts';
import { JournalShipper } from '../store/journal-shipper.ts';
import { noDatabase } from '../store/no-database.ts';
import { databaseChoice, openDatabase } from '../store/open-database.ts';
import type { OpenaiRequestLog } from '../store/openai-requests.ts';
import { RetentionSweep } from '../store/retention.ts';
import { isFileError, segmentReader } from '../store/segment-files.ts';
import type { Database } from '../store/store.ts';

/** The database, and the journal on its way into it. */
export interface Store extends Closer {
  readonly database: Database;
}

/** Returns at once: calls are taken while the database is still being opened. */
export function openStore(
  config: () => Config,
  journal: FileJournal,
  shared: {
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
    readonly metrics: Metrics;
  },
): Store {
  const atStart = config();
  if (atStart.store === 'none') return noStore();
  const log = shared.log.child('store');
  const database = openDatabase(databaseChoice(atStart.database), { ...shared, log });
  if (database.isEmbedded) {
    log.warn('the embedded database is for trial: set DATABASE_URL to keep your data in Postgres');
  }
  const { dir } = atStart.journal;
  const shipper = new JournalShipper({
    ...shared,
    log,
    reader: segmentReader(dir),
    copy: databaseCopy(database, {
      journalId: journalIdIn(dir, shared.random),
      openaiRequests: requestLogOf(atStart),
    }),
  });
  const orders = new ForgetOrders(dir, { ...shared, log, database });
  const days = () => {
    const { retention_days: sessions, audit_retention_days: audit } = config().database;
    return { sessions, audit };
  };
  const retention = new RetentionSweep({ ...shared, log, database, days });
  journal.follow((safe) => shipper.advance(safe));
  return {
    database,
    async close() {
      await retention.close();
      await orders.close();
      await shipper.close();
      await database.close();
    },
  };
}

function requestLogOf({ openai }: Config): OpenaiRequestLog | null {
  if (!openai.debug_logging) return null;
  const tags = (openai.request_tags ?? '').split(',').map((tag) => tag.trim());
  return { tags: tags.filter((tag) => tag !== '').sort(), quotaTag: openai.request_quota_tag };
}

/** Calls without a database: nothing is copied, and tools that need rows are refused them. */
function noStore(): Store {
  const database = noDatabase();
  return { database, close: () => database.close() };
}

/** Several journals may be copied to one database: each has a name of its own for life. */
function journalIdIn(directory: string, random: Random): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'id');
  try {
    writeFileSync(file, random.uuid(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!isFileError(error) || error.code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
