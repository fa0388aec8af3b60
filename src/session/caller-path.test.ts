import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConverterFactory } from '../audio/converter.ts';
import { mulaw8k } from '../audio/format.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import type { SpeechDetector } from '../speech/detector.ts';
import { CallerPath } from './caller-path.ts';

const converters = createConverterFactory(createResamplerFactory());
const speech = 0x22;
const silence = 0xff;

/** A detector that does as it is told. */
function obedientDetector(): SpeechDetector & { pushedBytes: number; resets: number } {
  return {
    pushedBytes: 0,
    resets: 0,
    push(_bytes, _offset, length) {
      this.pushedBytes += length;
    },
    reset() {
      this.resets += 1;
    },
  };
}

function pathOf(gate: 'off' | 'local' = 'off') {
  const sent: number[] = [];
  const detector = gate === 'local' ? obedientDetector() : null;
  const path = new CallerPath({
    legFormat: mulaw8k,
    modelFormat: mulaw8k,
    agentFormat: mulaw8k,
    converter: converters(mulaw8k, mulaw8k),
    gate,
    gateTailMs: 250,
    detector,
    onAudio: (bytes, offset, length) => {
      for (let at = offset; at < offset + length; at += 1) sent.push(bytes[at]!);
    },
  });
  path.start(0);
  path.setLinked(true);
  const frame = new Uint8Array(160).fill(speech);
  const agentFrame = { type: 'agent-audio', bytes: frame, offset: 0, length: 160 } as const;
  let nowMs = 0;
  return {
    path,
    sent,
    detector,
    /** Lets 20 ms pass, with or without a frame of the caller, with or without the agent. */
    pass(options: { frame?: boolean; agent?: boolean } = {}) {
      nowMs += 20;
      if (options.frame) path.receive(frame, 0, frame.length, nowMs);
      path.tick(nowMs, options.agent ? { ...agentFrame } : null);
    },
    counts: () => ({
      speechMs: sent.filter((byte) => byte === speech).length / 8,
      silenceMs: sent.filter((byte) => byte === silence).length / 8,
    }),
  };
}

test('[V3] caller audio goes on as it comes, byte for byte', () => {
  const { pass, counts } = pathOf();
  for (let count = 0; count < 50; count += 1) pass({ frame: true });
  assert.deepEqual(counts(), { speechMs: 1_000, silenceMs: 0 });
});

test('[V12] caller audio that stops is replaced by silence after 60 ms', () => {
  const { pass, counts, path } = pathOf();
  pass({ frame: true });
  pass();
  pass();
  assert.equal(counts().silenceMs, 0);
  pass();
  assert.equal(counts().silenceMs, 20);
  for (let count = 0; count < 47; count += 1) pass();
  assert.equal(counts().silenceMs, 960);
  assert.equal(path.fillerMs, 960);
});

test('[V12] frames that come late after all are sent, and the lead is known and bounded', () => {
  const { pass, counts, path } = pathOf();
  pass({ frame: true });
  for (let stall = 0; stall < 10; stall += 1) {
    for (let count = 0; count < 50; count += 1) pass();
    for (let count = 0; count < 50; count += 1)
      path.receive(new Uint8Array(160).fill(speech), 0, 160, 1_020 + stall * 1_000);
  }
  assert.equal(counts().speechMs, 10_020);
  assert.ok(path.leadMsPeak > 1_000);
  assert.ok(path.leadMsPeak <= 2_000 + 1_000, `lead ${path.leadMsPeak}`);
});

test('what the caller says before there is a link is kept, 10 s of it, and sent first', () => {
  const { pass, path, sent, counts } = pathOf();
  path.setLinked(false);
  for (let count = 0; count < 600; count += 1) pass({ frame: true });
  assert.equal(sent.length, 0);
  path.setLinked(true);
  assert.equal(counts().speechMs, 10_000);
  assert.equal(path.droppedMs, 2_000);
});

test('[V9] gate off: all caller audio reaches the provider while the agent speaks', () => {
  const { pass, counts } = pathOf('off');
  for (let count = 0; count < 50; count += 1) pass({ frame: true, agent: true });
  assert.deepEqual(counts(), { speechMs: 1_000, silenceMs: 0 });
});

test('[V9] gate local: while the agent sounds the provider gets as much silence', () => {
  const { pass, counts, detector } = pathOf('local');
  pass({ agent: true });
  for (let count = 0; count < 50; count += 1) pass({ frame: true, agent: true });
  assert.deepEqual(counts(), { speechMs: 0, silenceMs: 1_000 });
  assert.equal(detector?.pushedBytes, 8_000);
});

test('[V9] confirmed speech opens the gate at once and sends the pre-roll first', () => {
  const { pass, counts, path } = pathOf('local');
  pass({ agent: true });
  for (let count = 0; count < 50; count += 1) pass({ frame: true, agent: true });
  path.openGate();
  assert.equal(path.isGateShut, false);
  assert.equal(counts().speechMs, 520);
  pass({ frame: true });
  assert.equal(counts().speechMs, 540);
});

test('[V9] the gate opens 250 ms after the last agent frame was played', () => {
  const { pass, path } = pathOf('local');
  pass({ frame: true, agent: true });
  for (let count = 0; count < 13; count += 1) pass({ frame: true });
  assert.equal(path.isGateShut, true);
  pass({ frame: true });
  assert.equal(path.isGateShut, false);
});
