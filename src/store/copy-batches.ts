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
 * Some 1,000 entries. Measured over the embedded database: begin, position and commit take 5 ms a
 * batch, a row 0.02 ms. A tool that waits for the one connection waits for some 25 ms.
 */
const batchBytes = 256 * 1024;

/**
 * What lies between `from` and `safe`, in order and in batches; the last one ends at `safe`. A
 * batch is good until the one after the next is asked for. Lines that are torn or were forgotten
 * are passed over.
 */
export async function* copyBatches(
  reader: SegmentReader,
  from: SegmentPosition,
  safe: SegmentPosition,
): AsyncIterable<CopyBatch> {
  const memory = new Memory();
  let at = from;
  let missedSegmentCount = 0;
  const numbers = reader.numbers().filter((each) => from.segment <= each && each <= safe.segment);
  let expected = from.segment === 0 ? (numbers[0] ?? 0) : from.segment;
  for (const segment of numbers) {
    missedSegmentCount += segment - expected;
    expected = segment + 1;
    if (segment !== from.segment) at = { segment, bytes: 0 };
    const end = segment === safe.segment ? safe.bytes : Number.POSITIVE_INFINITY;
    for await (const lines of wholeLines(reader, at, end, memory)) {
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

/**
 * Whole lines up to `end`, many at once. Two pieces of memory take turns, so that the next lines
 * can be read while the last ones are used: a fresh one each would have the collector mark the
 * whole heap five times a second.
 */
async function* wholeLines(
  reader: SegmentReader,
  from: SegmentPosition,
  end: number,
  memory: Memory,
): AsyncIterable<Buffer> {
  for (let at = from.bytes; at < end; ) {
    const wanted = memory.next.subarray(0, end - at);
    const count = await reader.readInto(wanted, from.segment, at);
    const wholeBytes = wanted.subarray(0, count).lastIndexOf(lineFeed) + 1;
    if (wholeBytes > 0) {
      memory.swap();
      at += wholeBytes;
      yield wanted.subarray(0, wholeBytes);
    } else if (count === memory.next.length) memory.widen();
    else return;
  }
}

/** What is read into next, and what is in use. */
class Memory {
  next = Buffer.allocUnsafeSlow(batchBytes);
  #inUse = Buffer.allocUnsafeSlow(batchBytes);

  swap(): void {
    [this.next, this.#inUse] = [this.#inUse, this.next];
  }

  /** For a line that is longer. */
  widen(): void {
    this.next = Buffer.allocUnsafeSlow(2 * this.next.length);
  }
}
