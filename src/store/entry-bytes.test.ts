import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EntryBytes } from './entry-bytes.ts';
import { forgottenLine, frameLine } from './segment-line.ts';
import { defaultOrganisationId } from './store.ts';
import { entriesOf } from './testing/entries-of.ts';

const other = '00000000-0000-4000-8000-00000000000b';
const entry = fc.record(
  { text: fc.string({ unit: 'binary' }), organisationId: fc.constant(other) },
  { requiredKeys: ['text'], noNullPrototype: true },
);
const parsed = (array: Buffer): unknown => JSON.parse(array.toString());

test('lines of a file become one array of what they hold', () => {
  fc.assert(
    fc.property(fc.array(entry), (written) => {
      const entries = entriesOf(written.map((each) => JSON.stringify(each)));
      assert.equal(entries.count, written.length);
      assert.deepEqual(parsed(entries.toArray()), written);
      const halves = entries.halves();
      assert.deepEqual(
        halves.flatMap((half) => parsed(half.toArray())),
        written,
      );
      assert.ok(halves[0].count - halves[1].count <= 1);
    }),
  );
});

test('each organisation has an array of its own entries, in order', () => {
  fc.assert(
    fc.property(fc.array(entry), (written) => {
      const entries = entriesOf(written.map((each) => JSON.stringify(each)));
      const idOf = (each: { organisationId?: string }) =>
        each.organisationId ?? defaultOrganisationId;
      const groups = [...entries.byOrganisation()].map(([id, array]) => [id, parsed(array)]);
      assert.deepEqual(groups, [...Map.groupBy(written, idOf)]);
    }),
  );
});

test('an organisation that somebody only speaks of is not taken for theirs', () => {
  const spoken = { text: `{"organisationId":"${other}"}` };
  const written = [{ ...spoken, organisationId: defaultOrganisationId }, spoken];
  const entries = entriesOf(written.map((each) => JSON.stringify(each)));
  assert.deepEqual([...entries.byOrganisation().keys()], [defaultOrganisationId]);
});

test('lines that are bad, forgotten or no entries leave the others as they are', () => {
  const line = (at: number): Buffer => frameLine(JSON.stringify({ at }));
  const rotten = line(1);
  rotten[20] = rotten[20]! ^ 1;
  const cut = line(2).subarray(5);
  const forgotten = Buffer.concat([forgottenLine(line(3).subarray(0, -1)), Buffer.from('\n')]);
  const checkpoint = frameLine('{"type":"checkpoint","open":[]}');
  const lines = [checkpoint, line(0), rotten, cut, Buffer.from('\n'), forgotten, line(4)];
  const { entries, badLineCount } = EntryBytes.ofLines(Buffer.concat(lines));
  assert.equal(badLineCount, 3);
  assert.deepEqual(parsed(entries.toArray()), [{ at: 0 }, { at: 4 }]);
});
