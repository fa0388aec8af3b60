import { messageOf } from '../runtime/errors.ts';
import { isFileError, type SegmentFiles, type SegmentPosition } from './segment-files.ts';
import { type Recovery, SegmentLog, type SegmentLogOptions } from './segment-log.ts';

/** What the journal asks of whoever writes its file. Answered in order. */
export type JournalRequest =
  /** Entries, one JSON a line with its line feed, in UTF-8: the writer's own. Not answered. */
  | { readonly type: 'write'; readonly lines: Uint8Array<ArrayBuffer> }
  /** Make everything written so far safe on disk. `through` comes back with the answer. */
  | { readonly type: 'sync'; readonly through: number; readonly atEpochMs: number };

export type JournalReply =
  /** The first answer. */
  | { readonly type: 'opened'; readonly recovery: Recovery }
  | { readonly type: 'synced'; readonly through: number; readonly safe: SegmentPosition }
  /** The disk did not take it. Nothing is lost yet: ask again. */
  | { readonly type: 'failed'; readonly through: number; readonly message: string }
  /** The writer is gone and answers nothing more. */
  | {
      readonly type: 'ended';
      readonly code: 'STORE_LOCKED' | 'STORE_UNAVAILABLE';
      readonly message: string;
    };

/**
 * The way to whoever writes the file: a worker thread, or the same thread in tests and simulations.
 */
export interface JournalPort {
  post(request: JournalRequest): void;
  /** Everything posted before is still done. */
  close(): Promise<void>;
}

/** Replies never come from inside a call of ours. */
export type OpenJournalPort = (onReply: (reply: JournalReply) => void) => JournalPort;

/** Writes the file: opens the log, tells what it found, then does what is asked. */
export class JournalWriter {
  readonly #log: SegmentLog;
  readonly #reply: (reply: JournalReply) => void;

  constructor(
    files: SegmentFiles,
    options: SegmentLogOptions & { readonly atEpochMs: number },
    reply: (reply: JournalReply) => void,
  ) {
    const { log, recovery } = SegmentLog.recover(files, options, options.atEpochMs);
    this.#log = log;
    this.#reply = reply;
    reply({ type: 'opened', recovery });
  }

  handle(request: JournalRequest): void {
    if (request.type === 'write') {
      this.#log.write(request.lines);
      return;
    }
    const { through, atEpochMs } = request;
    try {
      const safe = this.#log.sync(atEpochMs);
      this.#reply({ type: 'synced', through, safe });
    } catch (error) {
      if (!isFileError(error)) throw error;
      this.#reply({ type: 'failed', through, message: messageOf(error) });
    }
  }

  close(): void {
    this.#log.close();
  }
}
