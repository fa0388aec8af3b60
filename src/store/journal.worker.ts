import { parentPort } from 'node:worker_threads';
import { assert } from '../runtime/assert.ts';
import { GatewayError } from '../runtime/errors.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { type JournalReply, type JournalRequest, JournalWriter } from './journal-port.ts';
import { segmentFiles } from './segment-files.ts';
import type { SegmentLogOptions } from './segment-log.ts';

export type JournalWorkerOptions = SegmentLogOptions & {
  readonly directory: string;
  readonly atEpochMs: number;
};

/**
 * `open` comes first. `close` comes last: the file is closed, the lock given up, the thread ends.
 */
export type JournalWorkerMessage =
  | { readonly type: 'open'; readonly options: JournalWorkerOptions }
  | JournalRequest
  | { readonly type: 'close' };

interface OpenedJournal {
  readonly writer: JournalWriter;
  readonly lock: DirectoryLock;
}

function serveOn(port: NonNullable<typeof parentPort>): void {
  const reply = (answer: JournalReply): void => port.postMessage(answer);
  let opened: OpenedJournal | undefined;
  port.on('message', (message: JournalWorkerMessage) => {
    switch (message.type) {
      case 'open':
        opened = openedOrReply(message.options, reply);
        if (opened === undefined) port.close();
        break;
      case 'close':
        opened?.writer.close();
        opened?.lock.release();
        port.close();
        break;
      default:
        opened?.writer.handle(message);
    }
  });
}

function openedOrReply(
  options: JournalWorkerOptions,
  reply: (answer: JournalReply) => void,
): OpenedJournal | undefined {
  const files = segmentFiles(options.directory);
  const lock = lockOrReply(options.directory, reply);
  return lock && { lock, writer: new JournalWriter(files, options, reply) };
}

function lockOrReply(
  directory: string,
  reply: (answer: JournalReply) => void,
): DirectoryLock | undefined {
  try {
    return lockDirectory(directory, 'the journal');
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    reply({ type: 'ended', code: 'STORE_LOCKED', message: error.message });
    return undefined;
  }
}

assert(parentPort !== null, 'this file is started as a worker thread');
serveOn(parentPort);
