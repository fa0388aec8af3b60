import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../runtime/errors.ts';
import type { JournalWorkerData, JournalWorkerMessage } from './journal.worker.ts';
import type { JournalPort, JournalReply, OpenJournalPort } from './journal-port.ts';

/** Writes the journal in `data.directory` by a worker thread that this starts. */
export function workerPort(data: JournalWorkerData): OpenJournalPort {
  return (onReply): JournalPort => {
    // The built file beside the built one, the source beside the source.
    const file = `./journal.worker${extname(import.meta.url)}`;
    const worker = new Worker(new URL(file, import.meta.url), { workerData: data });
    const post = (message: JournalWorkerMessage): void => {
      worker.postMessage(message, message.type === 'write' ? [message.lines.buffer] : []);
    };
    let isClosing = false;
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', (exitCode) => {
        resolve();
        if (!isClosing) onReply(gone(`the journal's thread ended with code ${exitCode}`));
      });
    });
    worker.on('message', (reply: JournalReply) => onReply(reply));
    worker.on('error', (error) => onReply(gone(messageOf(error))));
    // The writer alone does not keep the process alive; `close` waits for it.
    worker.unref();
    return {
      post,
      async close() {
        isClosing = true;
        worker.ref();
        post({ type: 'close' });
        await ended;
      },
    };
  };
}

function gone(message: string): JournalReply {
  return { type: 'ended', code: 'STORE_UNAVAILABLE', message };
}
