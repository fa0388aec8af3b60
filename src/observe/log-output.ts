import { destination } from 'pino';
import type { Metrics } from './observe.ts';

/** Lines wait here while a slow reader of the pipe catches up; then the newest are dropped. */
const waitingBytesMax = 8 * 1024 * 1024;

/**
 * Lines gather for a moment before they are written: each write wakes a thread, which costs more
 * than the line. Fifty milliseconds later than it happened is soon enough for whoever reads along.
 */
const gatheredBytesMax = 4 * 1024;
const gatherMsMax = 50;

export interface LogOutput {
  write(line: string): void;
  /** Writes what waits, at once and blocking: for the last moment of the process. */
  flush(): void;
}

/**
 * Lines to a file descriptor without ever waiting for its reader. Lines that do not fit are dropped
 * and counted as `offhook_limits_total{limit="log_output"}`.
 */
export function logOutput(fileDescriptor: number, metrics: Metrics): LogOutput {
  const output = destination({
    dest: fileDescriptor,
    sync: false,
    minLength: gatheredBytesMax,
    periodicFlush: gatherMsMax,
    maxLength: waitingBytesMax,
  });
  output.on('drop', () => metrics.count('offhook_limits_total', { limit: 'log_output' }));
  // A reader that went away (EPIPE) ends the log, not the calls.
  output.on('error', () => metrics.count('offhook_limits_total', { limit: 'log_output_gone' }));
  return {
    write: (line) => {
      output.write(line);
    },
    flush: () => output.flushSync(),
  };
}
