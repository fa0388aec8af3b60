import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { copyBatches, madeAhead } from './copy-batches.ts';
import { type SegmentPosition, segmentFiles } from './segment-files.ts';
import { frameLine } from './segment-line.ts';

const lengths = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
  fc.integer({ min: 200_000, max: 900_000 }),
);

test('what lies between two places is read once, in order, the longest lines too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(lengths, { maxLength: 150 }), { maxLength: 3 }),
      async (segments) => {
        const directory = mkdtempSync(join(tmpdir(), 'offhook-batches-'));
        const files = segmentFiles(directory);
        const places: SegmentPosition[] = [{ segment: 0, bytes: 0 }];
        for (const [at, lines] of segments.entries()) {
          files.create(at + 1);
          let bytes = 0;
          for (const length of lines) {
            const line = frameLine(JSON.stringify({ at: places.length, text: 'x'.repeat(length) }));
            files.append(line);
            bytes += line.length;
            places.push({ segment: at + 1, bytes });
          }
          // Torn by a crash: what follows is in the next segment.
          files.append(Buffer.from('0000'));
          files.close();
        }
        const from = Math.floor(places.length / 3);
        const read: number[] = [];
        let last: SegmentPosition | null = null;
        for await (const batch of madeAhead(copyBatches(files, places[from]!, places.at(-1)!))) {
          const entries: { at: number }[] = JSON.parse(batch.entries.toArray().toString());
          read.push(...entries.map(({ at }) => at));
          last = batch.after;
          assert.equal(batch.badLineCount + batch.missedSegmentCount, 0);
        }
        rmSync(directory, { recursive: true });
        assert.deepEqual(read, [...places.keys()].slice(from + 1));
        if (places.length > 1)
          assert.deepEqual(last, from === places.length - 1 ? null : places.at(-1));
      },
    ),
    { numRuns: 30 },
  );
});
