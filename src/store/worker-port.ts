import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../runtime/errors.ts';
import type { JournalWorkerMessage, JournalWorkerOptions } from './journal.worker.ts';
import type { JournalPort, JournalReply, OpenJournalPort } from './journal-port.ts';

/** A thread that will write a journal. It keeps no process alive. */
export type JournalThread = Worker;

/** Starts a thread that loads its code and then waits to be told which journal is its own. */
export function startJournalThread(): JournalThread {
  // The built file beside the built one, the source beside the source.
  const file = `./journal.worker${extname(import.meta.url)}`;
  const worker = new Worker(new URL(file, import.meta.url));
  // The writer alone does not keep the process alive; `close` waits for it.
  worker.unref();
  return worker;
}

/** Writes the journal in `options.directory` by `worker`, which has not been given to another. */
export function workerPort(
  options: JournalWorkerOptions,
  worker: JournalThread = startJournalThread(),
): OpenJournalPort {
  return (onReply): JournalPort => {
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
    // A listener makes the thread count as work of the process again.
    worker.unref();
    post({ type: 'open', options });
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
