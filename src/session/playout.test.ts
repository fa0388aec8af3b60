import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createConverterFactory } from '../audio/converter.ts';
import { type AudioFormat, frameBytes, mulaw8k, pcm } from '../audio/format.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import type { HeardItem } from './edges.ts';
import { Playout } from './playout.ts';

const converters = createConverterFactory(createResamplerFactory());

function playoutOf(formats: { model?: AudioFormat; leg?: AudioFormat; queueMsMax?: number } = {}) {
  const { model = pcm(24000), leg = pcm(8000), queueMsMax = 300_000 } = formats;
  const events: string[] = [];
  const played: HeardItem[] = [];
  const playout = new Playout({
    modelFormat: model,
    legFormat: leg,
    converter: converters(model, leg),
    queueMsMax,
    farEndDelayMs: 0,
    events: {
      onFirstFrame: (replyId) => events.push(`first ${replyId}`),
      onReplyPlayed: (replyId) => events.push(`played ${replyId}`),
      onPromptPlayed: (name) => events.push(`prompt ${name}`),
      onItemStarted: (itemId) => events.push(`started ${itemId}`),
      onItemPlayed: (item) => played.push(item),
      onUnderrun: () => events.push('underrun'),
    },
  });
  let nowMs = 0;
  return {
    playout,
    events,
    played,
    receive(ms: number, replyId = 'reply_1', itemId = `${replyId}_item`) {
      const bytes = new Uint8Array((frameBytes(model) / 20) * ms).fill(0x11);
      const audio = { replyId, itemId, contentIndex: 0, bytes, offset: 0, length: bytes.length };
      return playout.receive(audio, nowMs);
    },
    /** Ticks once and says whether the frame was silence. */
    tick(): boolean {
      nowMs += 20;
      const { bytes, offset, length } = playout.tick(nowMs);
      const frame = Uint8Array.from(bytes.subarray(offset, offset + length));
      assert.equal(frame.length, frameBytes(leg));
      playout.report();
      return frame.every((byte) => byte === (leg.encoding === 'mulaw' ? 0xff : 0));
    },
  };
}

function assertBalanced(playout: Playout): void {
  const { receivedBytes, playedBytes, flushedBytes, queuedBytes } = playout.account;
  assert.equal(receivedBytes, playedBytes + flushedBytes + queuedBytes);
}

test('[V2] a frame of exactly 20 ms comes with every tick, silence while nobody speaks', () => {
  const { tick } = playoutOf();
  for (let count = 0; count < 10; count += 1) assert.equal(tick(), true);
});

test('[V2] the first audio leaves with the first tick after 40 ms have come', () => {
  const { receive, tick, events } = playoutOf();
  receive(20);
  assert.equal(tick(), true);
  receive(20);
  assert.equal(tick(), false);
  assert.deepEqual(events, ['first reply_1', 'started reply_1_item']);
});

test('[V2] the warm-up is never longer than 60 ms', () => {
  const { receive, tick } = playoutOf();
  receive(20);
  assert.deepEqual([tick(), tick(), tick()], [true, true, false]);
});

test('[V2] a reply of one odd byte more than a frame is padded and played to its end', () => {
  const { playout, receive, tick, events } = playoutOf({ model: mulaw8k, leg: mulaw8k });
  receive(21);
  playout.endReply('reply_1');
  tick();
  assert.deepEqual(events, ['first reply_1', 'started reply_1_item']);
  tick();
  assert.equal(events.at(-1), 'played reply_1');
  assert.equal(playout.account.playedBytes, 320);
  assertBalanced(playout);
});

test('[V8] a reply counts as played only when its last frame has been sent', () => {
  const { playout, receive, tick, events } = playoutOf();
  receive(200);
  playout.endReply('reply_1');
  for (let count = 0; count < 10; count += 1) tick();
  // The sound still in the filter, 4.17 ms, takes the eleventh frame.
  assert.ok(!events.includes('played reply_1'));
  tick();
  assert.ok(events.includes('played reply_1'));
});

test('[V10] nothing of a flushed reply is played, also of what comes of it later', () => {
  const { playout, receive, tick } = playoutOf();
  receive(1_000);
  for (let count = 0; count < 5; count += 1) tick();
  playout.flush();
  assert.equal(tick(), true);
  assert.equal(receive(1_000), 'silenced');
  for (let count = 0; count < 50; count += 1) assert.equal(tick(), true);
  assertBalanced(playout);
});

test('[V10] heardMs is what was sent, less the delay of the filter, rounded down', () => {
  const { playout, receive, tick } = playoutOf();
  receive(1_000);
  for (let count = 0; count < 5; count += 1) tick();
  const [item] = playout.unplayed();
  assert.equal(item?.heardMs, 95);
  assert.equal(item?.receivedMs, 1_000);
});

test('[V10] heardMs never falls and never passes what was received', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 130 }), { maxLength: 60 }), (chunksMs) => {
      const { playout, receive, tick } = playoutOf();
      let lastMs = 0;
      for (const chunkMs of chunksMs) {
        receive(chunkMs);
        tick();
        const [item] = playout.unplayed();
        if (!item) continue;
        assert.ok(item.heardMs >= lastMs && item.heardMs <= item.receivedMs);
        lastMs = item.heardMs;
        assertBalanced(playout);
      }
    }),
  );
});

test('[B3] an item played to its end was heard whole', () => {
  const { playout, receive, tick, played } = playoutOf();
  receive(333);
  playout.endItem('reply_1_item');
  for (let count = 0; count < 20; count += 1) tick();
  assert.equal(played[0]?.heardMs, 333);
});

test('[V2] an empty queue in mid-reply is an underrun, told once and filled with silence', () => {
  const { playout, receive, tick, events } = playoutOf({ model: mulaw8k, leg: mulaw8k });
  receive(40);
  for (let count = 0; count < 10; count += 1) tick();
  assert.equal(events.filter((event) => event === 'underrun').length, 1);
  assert.equal(playout.fillerMs, 160);
  receive(100);
  assert.equal(tick(), false);
});

test('[V2] a reply that ends after the queue ran dry is still played to its last sample', () => {
  const { playout, receive, tick, events } = playoutOf();
  receive(45);
  for (let count = 0; count < 6; count += 1) tick();
  playout.endReply('reply_1');
  tick();
  assert.equal(events.at(-1), 'played reply_1');
  assert.equal(playout.queuedMs, 0);
});

test('[V2] five minutes of reply may wait; more is refused and nothing of it is taken', () => {
  const { playout, receive } = playoutOf({ model: mulaw8k, leg: mulaw8k });
  for (let count = 0; count < 300; count += 1) assert.equal(receive(1_000), 'queued');
  assert.equal(receive(1_000), 'over-limit');
  assert.equal(playout.queuedMs, 300_000);
});

test('[V2] two replies in a row are played in order, each with its own first frame and end', () => {
  const { playout, receive, tick, events } = playoutOf({ model: mulaw8k, leg: mulaw8k });
  receive(40);
  playout.endReply('reply_1');
  receive(40, 'reply_2');
  playout.endReply('reply_2');
  for (let count = 0; count < 6; count += 1) tick();
  assert.deepEqual(
    events.filter((event) => !event.startsWith('started')),
    ['first reply_1', 'played reply_1', 'first reply_2', 'played reply_2'],
  );
});

test('[V12] a recording is played to its end, and a reply takes its place', () => {
  const { playout, receive, tick, events } = playoutOf({ model: mulaw8k, leg: mulaw8k });
  playout.playPrompt('hold', new Uint8Array(330).fill(1));
  assert.deepEqual([tick(), tick(), tick(), tick()], [false, false, false, true]);
  assert.deepEqual(events, ['prompt hold']);
  playout.playPrompt('hold', new Uint8Array(16_000).fill(1));
  tick();
  receive(100);
  tick();
  assert.equal(events.at(-1), 'started reply_1_item');
});

test('a playout that has nothing to play keeps no memory for it', () => {
  const { playout, receive, tick } = playoutOf();
  receive(500);
  playout.endReply('reply_1');
  for (let count = 0; count < 40; count += 1) tick();
  assert.equal(playout.queuedMs, 0);
  assert.deepEqual(playout.unplayed(), []);
});
