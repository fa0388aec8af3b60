import { Worker } from 'node:worker_threads';
import type { OpenThread, ThreadReply } from './worker-crew.ts';

/** Of what JavaScript holds: the memory of an engine's program is not in it. A guess, far above. */
const heapMbDefault = 512;

/**
 * Opens threads that run `file`, with `workerData` given to each. What a thread prints is thrown
 * away: an engine's own words are no line of ours, and a stack of one may be megabytes long. One
 * that wants more memory than it may have ends alone.
 */
export function workerThread<Ask, Tell, Answer, News>(
  file: URL,
  workerData?: unknown,
  { heapMbMax = heapMbDefault }: { readonly heapMbMax?: number } = {},
): OpenThread<Ask, Tell, Answer, News> {
  return ({ onReply, onEnded }) => {
    const worker = new Worker(file, {
      ...{ workerData, stdout: true, stderr: true },
      resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on('message', (reply: ThreadReply<Answer, News>) => onReply(reply));
    worker.on('error', (error) => onEnded(error.message));
    worker.on('exit', (exitCode) => onEnded(`exit code ${exitCode}`));
    // What is owed keeps the process alive by the crew's timer; nothing else here does.
    worker.unref();
    return {
      post: (request) => worker.postMessage(request),
      async end() {
        await worker.terminate();
      },
    };
  };
}
