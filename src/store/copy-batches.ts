import { EntryBytes } from './entry-bytes.ts';
import type { SegmentPosition, SegmentReader } from './segment-files.ts';
import { lineFeed } from './segment-line.ts';

/** Entries that go to the database together, and where the last one ends. */
export interface CopyBatch {
  readonly entries: EntryBytes;
  readonly after: SegmentPosition;
  /** Segments that were deleted before they were copied. */
  readonly missedSegmentCount: number;
  /** Lines that are not as they were written. */
  readonly badLineCount: number;
}

/**
 * What lies between `from` and `safe`, in order and in batches of what one reading of a file gives;
 * the last one ends at `safe`. Lines that are torn or were forgotten are passed over.
 */
export async function* copyBatches(
  reader: SegmentReader,
  from: SegmentPosition,
  safe: SegmentPosition,
): AsyncIterable<CopyBatch> {
  let at = from;
  let missedSegmentCount = 0;
  const numbers = reader.numbers().filter((each) => from.segment <= each && each <= safe.segment);
  let expected = from.segment === 0 ? (numbers[0] ?? 0) : from.segment;
  for (const segment of numbers) {
    missedSegmentCount += segment - expected;
    expected = segment + 1;
    if (segment !== from.segment) at = { segment, bytes: 0 };
    const end = segment === safe.segment ? safe.bytes : Number.POSITIVE_INFINITY;
    for await (const lines of wholeLines(reader, at, end)) {
      at = { segment, bytes: at.bytes + lines.length };
      yield { ...EntryBytes.ofLines(lines), after: at, missedSegmentCount };
      missedSegmentCount = 0;
    }
  }
  if (at.segment === safe.segment && at.bytes === safe.bytes) return;
  const { entries, badLineCount } = EntryBytes.ofLines(Buffer.alloc(0));
  yield { entries, badLineCount, after: safe, missedSegmentCount };
}

/** The same items; the next one is made while whoever takes them is busy with one. */
export async function* madeAhead<Item>(items: AsyncIterable<Item>): AsyncIterable<Item> {
  const source = items[Symbol.asyncIterator]();
  let next = source.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = source.next();
      // Whoever takes no more does not hear of it.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await source.return?.();
  }
}

/** Whole lines up to `end` in bytes of their own, many at once. */
async function* wholeLines(
  reader: SegmentReader,
  from: SegmentPosition,
  end: number,
): AsyncIterable<Buffer> {
  let at = from.bytes;
  let rest = Buffer.alloc(0);
  for await (const chunk of reader.chunks(from.segment, from.bytes)) {
    const bytes = Buffer.concat([rest, chunk.subarray(0, end - at)]);
    at += chunk.length;
    const restAt = bytes.lastIndexOf(lineFeed) + 1;
    rest = bytes.subarray(restAt);
    if (restAt > 0) yield bytes.subarray(0, restAt);
    if (at >= end) return;
  }
}
