import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../runtime/assert.ts';
import { GatewayError } from '../runtime/errors.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { type JournalReply, type JournalRequest, JournalWriter } from './journal-port.ts';
import { segmentFiles } from './segment-files.ts';
import type { SegmentLogOptions } from './segment-log.ts';

/** What `workerData` holds. */
export type JournalWorkerData = SegmentLogOptions & {
  readonly directory: string;
  readonly atEpochMs: number;
};

/** `close` comes last: the file is closed, the lock given up, the thread ends. */
export type JournalWorkerMessage = JournalRequest | { readonly type: 'close' };

const port = parentPort;
assert(port !== null, 'this file is started as a worker thread');
const data: JournalWorkerData = workerData;
const reply = (answer: JournalReply): void => port.postMessage(answer);
const files = segmentFiles(data.directory);
const lock = lockOrReply();
if (lock !== undefined) {
  const writer = new JournalWriter(files, data, reply);
  port.on('message', (message: JournalWorkerMessage) => {
    if (message.type !== 'close') {
      writer.handle(message);
      return;
    }
    writer.close();
    lock.release();
    port.close();
  });
}

function lockOrReply(): DirectoryLock | undefined {
  try {
    return lockDirectory(data.directory, 'the journal');
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    reply({ type: 'ended', code: 'STORE_LOCKED', message: error.message });
    return undefined;
  }
}
