import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../src/runtime/random.ts';
import { type BytePipeOptions, bytePipe, type PipeEnd } from './byte-pipe.ts';
import { VirtualClock } from './virtual-clock.ts';

function heard(end: PipeEnd, clock: VirtualClock): string[] {
  const events: string[] = [];
  end.listen({
    onBytes: (bytes) => events.push(`${clock.now} ${Buffer.from(bytes).toString()}`),
    onDrain: () => events.push(`${clock.now} drain`),
    onEnd: (how) => events.push(`${clock.now} ${how}`),
  });
  return events;
}

function pipe(options: Partial<BytePipeOptions> = {}) {
  const clock = new VirtualClock();
  const [left, right] = bytePipe({ clock, latencyMs: 5, ...options });
  return { clock, left, right, atLeft: heard(left, clock), atRight: heard(right, clock) };
}

test('what is written arrives after the latency, then the FIN, and both ends end once', () => {
  const { clock, left, right, atLeft, atRight } = pipe();
  left.write(Buffer.from('one'));
  left.end();
  left.write(Buffer.from('too late'));
  assert.deepEqual(atRight, []);
  clock.runAll(100);
  right.end();
  right.destroy();
  clock.runAll(100);
  assert.deepEqual(atRight, ['5 one', '5 fin']);
  assert.deepEqual(atLeft, ['10 fin']);
});

test('a clogged way holds writes by reference and lets them go in one burst', () => {
  const { clock, left, atLeft, atRight } = pipe();
  left.clog();
  const bytes = Buffer.from('abc');
  left.write(bytes);
  left.write(Buffer.from('def'));
  assert.equal(left.bufferedBytes, 6);
  clock.advance(100);
  bytes[0] = 'X'.charCodeAt(0);
  left.unclog();
  assert.equal(left.bufferedBytes, 0);
  clock.runAll(100);
  assert.deepEqual(atRight, ['105 Xbcdef']);
  assert.deepEqual(atLeft, ['100 drain']);
});

test('bytes are cut anywhere, and none is lost', () => {
  const { clock, left, atRight } = pipe({ cutBy: seededRandom(7) });
  left.write(Buffer.from('0123456789'));
  clock.runAll(100);
  assert.ok(atRight.length > 1);
  assert.equal(atRight.map((event) => event.replace('5 ', '')).join(''), '0123456789');
});

test('a broken pipe resets both ends and loses what was not taken', () => {
  const { clock, left, right, atLeft, atRight } = pipe();
  left.write(Buffer.from('under way'));
  left.clog();
  left.write(Buffer.from('lost'));
  left.destroy();
  clock.runAll(100);
  right.write(Buffer.from('to nobody'));
  clock.runAll(100);
  assert.deepEqual(atRight, ['5 under way', '5 reset']);
  assert.deepEqual(atLeft, ['0 reset']);
});
