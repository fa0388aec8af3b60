import type { Clock } from '../runtime/clock.ts';
import type { GatewayError } from '../runtime/errors.ts';
import { FileJournal, type JournalParts } from './journal.ts';
import { parseJournalLine } from './journal-line.ts';
import { JournalWriter, type OpenJournalPort } from './journal-port.ts';
import { MemorySegmentFiles } from './memory-segment-files.ts';
import type { SegmentFiles } from './segment-files.ts';
import { jsonOfLine, splitLines } from './segment-line.ts';
import type { Recovery, SegmentLogOptions } from './segment-log.ts';
import type { JournalEntry } from './store.ts';

/** What a disk takes to answer, unless the test says otherwise. A guess: a fast SSD. */
const diskLatencyMs = 1;

const defaultLogOptions: SegmentLogOptions = {
  segmentBytesMax: 1024 * 1024,
  retentionMs: Number.POSITIVE_INFINITY,
  repeatableTools: [],
};

/**
 * The journal with everything but the thread and the disk, for tests and simulations: requests
 * reach the writer on the clock it is given, so that time and faults are the test's. It may be used
 * at once.
 */
export function memoryJournal(
  parts: Omit<JournalParts, 'openPort' | 'reader'> & {
    readonly files?: MemorySegmentFiles;
    readonly logOptions?: Partial<SegmentLogOptions>;
    readonly latencyMs?: number;
  },
): {
  readonly journal: FileJournal;
  readonly files: MemorySegmentFiles;
  /** What was found, once the clock has let the disk answer. */
  readonly opened: Promise<Recovery | GatewayError>;
} {
  const { files = new MemorySegmentFiles(parts.clock), latencyMs = diskLatencyMs } = parts;
  const logOptions = { ...defaultLogOptions, ...parts.logOptions };
  const openPort = sameThreadPort({ files, logOptions, clock: parts.clock, latencyMs });
  const { promise: opened, resolve } = Promise.withResolvers<Recovery | GatewayError>();
  const journal = new FileJournal({ ...parts, openPort, reader: files }, resolve);
  return { journal, files, opened };
}

/** A port whose writer runs in this thread, `latencyMs` later. */
export function sameThreadPort(parts: {
  readonly files: SegmentFiles;
  readonly logOptions: SegmentLogOptions;
  readonly clock: Clock;
  readonly latencyMs: number;
}): OpenJournalPort {
  const { files, logOptions, clock, latencyMs } = parts;
  return (onReply) => {
    let writer: JournalWriter | undefined;
    const later = (work: () => void): void => {
      clock.setTimer(latencyMs, work);
    };
    later(() => {
      writer = new JournalWriter(files, { ...logOptions, atEpochMs: clock.epochMs() }, onReply);
    });
    return {
      post: (request) => later(() => writer?.handle(request)),
      close: () =>
        new Promise<void>((resolve) => {
          later(() => {
            writer?.close();
            resolve();
          });
        }),
    };
  };
}

/** Every entry whose line is whole, segment by segment, as often as it stands there. */
export function entriesIn(files: SegmentFiles): readonly JournalEntry[] {
  return files.numbers().flatMap((number) =>
    splitLines(files.read(number)).lines.flatMap((line) => {
      const json = jsonOfLine(line);
      const parsed = json === undefined ? undefined : parseJournalLine(json);
      return parsed === undefined || parsed.type === 'checkpoint' ? [] : [parsed];
    }),
  );
}
