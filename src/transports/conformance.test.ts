/** What every transport's legs promise the session, played against each of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audioSocketRig, recordEvents } from '../../sim/audiosocket-rig.ts';
import { browserRig } from '../../sim/browser-rig.ts';
import type { VirtualClock } from '../../sim/virtual-clock.ts';
import { type AudioFormat, frameBytes } from '../audio/format.ts';
import { isAudioKind } from './audiosocket/wire.ts';
import { TextLeg } from './text/text-leg.ts';
import type { Leg } from './transport.ts';

/** One caller on a wire of some kind, with a leg that is not open yet. */
interface LegRig {
  readonly clock: VirtualClock;
  readonly leg: Leg;
  callerSays(audio: Uint8Array): void;
  callerDials(digit: string): void;
  callerHangsUp(): void;
  lineBreaks(): void;
  /** The far end reads nothing, until the next call with `false`. */
  farEndStalls(isStalled: boolean): void;
  /** All agent audio that the caller was sent, in hexadecimal. */
  callerHeard(): string;
}

const transports: Readonly<Record<string, () => Promise<LegRig>>> = {
  audiosocket: async () => {
    const rig = await audioSocketRig();
    const { caller, leg, gatewayWire } = rig.call();
    return {
      clock: rig.clock,
      leg,
      callerSays: (audio) => caller.sendAudio(audio),
      callerDials: (digit) => caller.sendDigit(digit),
      callerHangsUp: () => caller.hangUp(),
      lineBreaks: () => caller.reset(),
      farEndStalls: (isStalled) => (isStalled ? gatewayWire.clog() : gatewayWire.unclog()),
      callerHeard: () => {
        const audio = caller.heard.filter(({ kind }) => isAudioKind(kind));
        return hex(...audio.map(({ payload }) => payload));
      },
    };
  },
  browser: async () => {
    const rig = await browserRig();
    const { leg, wire } = rig.call();
    return {
      clock: rig.clock,
      leg,
      callerSays: (audio) => wire.sends(audio),
      callerDials: (digit) => wire.says({ type: 'digit', digit }),
      callerHangsUp: () => wire.closes(),
      lineBreaks: () => wire.breaksOff(),
      farEndStalls: (isStalled) => wire.clogs(isStalled),
      callerHeard: () => hex(...wire.heard),
    };
  },
};

function hex(...pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('hex');
}

function frame(format: AudioFormat, value: number): Uint8Array {
  return new Uint8Array(frameBytes(format)).fill(value);
}

function formatsOf(leg: Leg): { callerFormat: AudioFormat; agentFormat: AudioFormat } {
  const { callerFormat, agentFormat } = leg;
  assert.ok(callerFormat && agentFormat, 'this wire carries audio');
  return { callerFormat, agentFormat };
}

function say(leg: Leg, bytes: Uint8Array): void {
  leg.send({ type: 'agent-audio', bytes, offset: 0, length: bytes.length });
}

for (const [kind, makeRig] of Object.entries(transports)) {
  test(`${kind}: a leg states its formats and is silent until it is opened`, async () => {
    const { clock, leg, callerSays } = await makeRig();
    const { callerFormat } = formatsOf(leg);
    assert.equal(leg.transport, kind);
    assert.equal(leg.call.callId, leg.id);
    callerSays(frame(callerFormat, 1));
    clock.advance(100);
    const events = recordEvents(leg);
    assert.equal(events.length, 0);
    const bytes = frame(callerFormat, 2);
    callerSays(bytes);
    clock.advance(100);
    assert.deepEqual(events, [{ type: 'caller-audio', bytes, offset: 0, length: bytes.length }]);
  });

  test(`[V1] ${kind}: audio goes both ways to the byte, and digits come in`, async () => {
    const { clock, leg, callerSays, callerDials, callerHeard } = await makeRig();
    const { callerFormat, agentFormat } = formatsOf(leg);
    const events = recordEvents(leg);
    const callerFrame = frame(callerFormat, 0).map((_, index) => index % 251);
    const agentFrame = frame(agentFormat, 0).map((_, index) => index % 241);
    callerSays(callerFrame);
    callerDials('#');
    say(leg, agentFrame);
    clock.advance(100);
    assert.deepEqual(events, [
      { type: 'caller-audio', bytes: callerFrame, offset: 0, length: callerFrame.length },
      { type: 'caller-digit', digit: '#' },
    ]);
    assert.equal(callerHeard(), hex(agentFrame));
  });

  for (const how of ['callerHangsUp', 'lineBreaks'] as const) {
    test(`[V1] ${kind}: ${how}: ended is told once and is the last event`, async () => {
      const rig = await makeRig();
      const events = recordEvents(rig.leg);
      rig.callerDials('1');
      rig[how]();
      rig.callerDials('2');
      rig.clock.advance(10_000);
      const cause = how === 'callerHangsUp' ? 'caller-hung-up' : 'line-reset';
      const digit = { type: 'caller-digit', digit: '1' };
      assert.deepEqual(events, [digit, { type: 'ended', cause }]);
    });
  }

  for (const command of ['hang-up', 'transfer'] as const) {
    test(`[V1] ${kind}: ${command}: all that was sent is heard, then it has ended`, async () => {
      const { clock, leg, callerHeard, callerDials } = await makeRig();
      const { agentFormat } = formatsOf(leg);
      const events = recordEvents(leg);
      const farewell = [1, 2, 3].map((value) => frame(agentFormat, value));
      for (const bytes of farewell) say(leg, bytes);
      leg.send(
        command === 'hang-up' ? { type: command } : { type: command, destinationKey: 'desk' },
      );
      say(leg, frame(agentFormat, 4));
      assert.deepEqual(events, [], 'nothing is told from inside send');
      clock.advance(10_000);
      callerDials('1');
      leg.send({ type: 'hang-up' });
      say(leg, frame(agentFormat, 5));
      clock.advance(10_000);
      const cause = command === 'hang-up' ? 'agent-hung-up' : 'transferred';
      assert.deepEqual(events, [{ type: 'ended', cause }]);
      assert.equal(callerHeard(), hex(...farewell));
    });
  }

  test(`${kind}: a caller who left before the leg was opened is told of after it`, async () => {
    const { clock, leg, callerHangsUp } = await makeRig();
    callerHangsUp();
    clock.advance(100);
    const events = recordEvents(leg);
    assert.deepEqual(events, []);
    clock.advance(100);
    assert.deepEqual(events, [{ type: 'ended', cause: 'caller-hung-up' }]);
  });

  test(`${kind}: agent audio may be overwritten as soon as send returns`, async () => {
    const { clock, leg, callerHeard, farEndStalls } = await makeRig();
    const { agentFormat } = formatsOf(leg);
    recordEvents(leg);
    const reused = frame(agentFormat, 0);
    const sent: Uint8Array[] = [];
    for (let value = 1; value <= 30; value += 1) {
      if (value === 10) farEndStalls(true);
      if (value === 20) farEndStalls(false);
      reused.fill(value);
      say(leg, reused);
      sent.push(reused.slice());
      clock.advance(20);
    }
    assert.equal(callerHeard(), hex(...sent));
    assert.equal(leg.bufferedBytes, 0);
  });

  test(`${kind}: a far end that stops reading is bounded, then given up`, async () => {
    const { clock, leg, farEndStalls } = await makeRig();
    const { agentFormat } = formatsOf(leg);
    const events = recordEvents(leg);
    farEndStalls(true);
    let bufferedBytesMax = 0;
    for (let atMs = 0; atMs < 60_000 && events.length === 0; atMs += 20) {
      say(leg, frame(agentFormat, 1));
      bufferedBytesMax = Math.max(bufferedBytesMax, leg.bufferedBytes);
      clock.advance(20);
    }
    assert.deepEqual(events, [{ type: 'ended', cause: 'line-dead' }]);
    assert.ok(bufferedBytesMax <= 51 * (3 + frameBytes(agentFormat)), 'one second of audio waits');
  });
}

/** A line within the process: no frames, no wire that could stall or break. */
function textLeg(): TextLeg {
  const call = { callId: 'writer', variables: {} };
  return new TextLeg({ id: call.callId, call, trust: 'anonymous' });
}

test('text: a leg without audio has no formats, and holds nothing', () => {
  const leg = textLeg();
  assert.equal(leg.transport, 'text');
  assert.equal(leg.call.callId, leg.id);
  assert.deepEqual([leg.callerFormat, leg.agentFormat, leg.bufferedBytes], [null, null, 0]);
});

for (const command of ['hang-up', 'transfer'] as const) {
  test(`[V1] text: ${command}: ended is told once, and not from inside send`, async () => {
    const leg = textLeg();
    const events = recordEvents(leg);
    const end = command === 'hang-up' ? { type: command } : { type: command, destinationKey: 'x' };
    leg.send(end);
    assert.deepEqual(events, []);
    leg.send({ type: 'hang-up' });
    leg.hangUp();
    await Promise.resolve();
    const cause = command === 'hang-up' ? 'agent-hung-up' : 'transferred';
    assert.deepEqual(events, [{ type: 'ended', cause }]);
  });
}

test('text: a caller who left before the leg was opened is told of after it', async () => {
  const leg = textLeg();
  leg.hangUp();
  await Promise.resolve();
  const events = recordEvents(leg);
  assert.deepEqual(events, []);
  await Promise.resolve();
  assert.deepEqual(events, [{ type: 'ended', cause: 'caller-hung-up' }]);
});
