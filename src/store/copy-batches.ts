import type { SegmentPosition, SegmentReader } from './segment-files.ts';
import { jsonOfLine, splitLines } from './segment-line.ts';

/** Entries that go to the database together, as text, and where the last one ends. */
export interface CopyBatch {
  readonly lines: readonly string[];
  readonly after: SegmentPosition;
  /** Segments that were deleted before they were copied. */
  readonly missedSegmentCount: number;
}

/**
 * Measured over the embedded database: begin, position and commit take 5 ms a batch, a row 0.02 ms.
 * A tool that waits for the one connection waits for some 25 ms.
 */
const linesMax = 1_000;
/** Long replies: so that one batch is not many megabytes. */
const charsMax = 512 * 1024;
/** Checkpoints are of no use to anybody but the writer. */
const checkpointStart = '{"type":"checkpoint"';

/**
 * What lies between `from` and `safe`, in order and in batches; the last one ends at `safe`. Lines
 * whose CRC is wrong and those that were forgotten are passed over.
 */
export async function* copyBatches(
  reader: SegmentReader,
  from: SegmentPosition,
  safe: SegmentPosition,
): AsyncIterable<CopyBatch> {
  let lines: string[] = [];
  let chars = 0;
  let missedSegmentCount = 0;
  const taken = (after: SegmentPosition): CopyBatch => {
    const batch = { lines, after, missedSegmentCount };
    lines = [];
    chars = 0;
    missedSegmentCount = 0;
    return batch;
  };
  const numbers = reader.numbers().filter((each) => from.segment <= each && each <= safe.segment);
  let expected = from.segment === 0 ? (numbers[0] ?? 0) : from.segment;
  for (const segment of numbers) {
    missedSegmentCount += segment - expected;
    expected = segment + 1;
    const start = segment === from.segment ? from.bytes : 0;
    const end = segment === safe.segment ? safe.bytes : Number.POSITIVE_INFINITY;
    for await (const { json, endBytes } of linesOf(reader, { segment, bytes: start }, end)) {
      if (json !== null) lines.push(json);
      chars += json?.length ?? 0;
      if (lines.length < linesMax && chars < charsMax) continue;
      yield taken({ segment, bytes: endBytes });
    }
  }
  yield taken(safe);
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

/** Whole lines up to `end`; `null` for one that is no entry. */
async function* linesOf(
  reader: SegmentReader,
  from: SegmentPosition,
  end: number,
): AsyncIterable<{ readonly json: string | null; readonly endBytes: number }> {
  let at = from.bytes;
  let rest = Buffer.alloc(0);
  for await (const chunk of reader.chunks(from.segment, from.bytes)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const { lines, restBytes } = splitLines(bytes);
    rest = Buffer.from(bytes.subarray(bytes.length - restBytes));
    for (const line of lines) {
      at += line.length + 1;
      if (at > end) return;
      const json = jsonOfLine(line);
      const isEntry = json?.startsWith('{') === true && !json.startsWith(checkpointStart);
      yield { json: isEntry ? (json ?? null) : null, endBytes: at };
    }
  }
}
