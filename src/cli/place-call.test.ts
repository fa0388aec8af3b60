import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytePipe } from '../../sim/byte-pipe.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import {
  type AudioSocketFormatName,
  encodeMessage,
  MessageParser,
  messageKind,
} from '../transports/audiosocket/wire.ts';
import {
  type CallerLine,
  type CallResult,
  type PlaceCallOptions,
  placeCall,
} from './place-call.ts';

const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';

/** PCM at 8 kHz: `durationMs` of a tone, or of silence. */
function sound(durationMs: number, amplitude = 3_000): Uint8Array {
  const samples = Int16Array.from({ length: durationMs * 8 }, (_, at) => amplitude * Math.sin(at));
  return new Uint8Array(samples.buffer);
}

interface Agent {
  /** When the agent speaks, in milliseconds of the call. */
  readonly speaks?: readonly (readonly [number, number])[];
  readonly audioKind?: number;
  readonly hangsUpAtMs?: number;
  readonly resetsAtMs?: number;
}

/** A whole call in virtual time against an agent that follows a schedule. */
async function callOn(options: Partial<PlaceCallOptions>, agent: Agent = {}) {
  const clock = new VirtualClock();
  const [callerEnd, agentEnd] = bytePipe({ clock });
  const heard: { readonly kind: number; readonly payload: Buffer; readonly atMs: number }[] = [];
  const parser = new MessageParser((kind, bytes, offset, length) => {
    const payload = Buffer.from(bytes.subarray(offset, offset + length));
    heard.push({ kind, payload, atMs: clock.now });
  });
  let how = 'open';
  agentEnd.listen({
    onBytes: (bytes) => parser.push(bytes),
    onDrain: () => undefined,
    onEnd: (end) => {
      how = end;
    },
  });
  const sendFrame = () => {
    const isSpeaking = agent.speaks?.some(([from, to]) => clock.now >= from && clock.now < to);
    const frame = isSpeaking ? sound(20) : new Uint8Array(320);
    agentEnd.write(encodeMessage(agent.audioKind ?? messageKind.audio, frame));
    clock.setTimer(20, sendFrame);
  };
  clock.setTimer(0, sendFrame);
  if (agent.hangsUpAtMs !== undefined) {
    const hangUp = encodeMessage(messageKind.hangUp, new Uint8Array(0));
    clock.setTimer(agent.hangsUpAtMs, () => agentEnd.write(hangUp));
  }
  if (agent.resetsAtMs !== undefined) clock.setTimer(agent.resetsAtMs, () => agentEnd.destroy());
  const defaults = { host: 'test', port: 1, uuid, lines: [], holdMs: 1_000, callMsMax: 20_000 };
  const format: AudioSocketFormatName = 'slin';
  let result: CallResult | null = null;
  const calling = placeCall(
    { ...defaults, format, ...options },
    { clock, connect: async () => callerEnd },
  ).then((ended) => {
    result = ended;
  });
  for (let round = 0; round < 10; round += 1) await Promise.resolve();
  clock.advance(30_000);
  await calling;
  assert.ok(result);
  const audio = heard.filter(({ kind }) => kind === messageKind.audio);
  return { result: result as CallResult, heard, audio, how };
}

const isSound = (payload: Buffer) => payload.some((byte) => byte !== 0);
const line = (cue: CallerLine['cue'], durationMs = 400): CallerLine => ({
  cue,
  speech: sound(durationMs),
});

test('[V1] the UUID comes first, then one frame of 20 ms every 20 ms', async () => {
  const { heard, audio } = await callOn({ callMsMax: 1_000, holdMs: 5_000 });
  assert.equal(heard[0]?.kind, messageKind.uuid);
  assert.equal(heard[0].payload.toString('hex'), uuid.replaceAll('-', ''));
  assert.deepEqual(
    audio.map(({ atMs }) => atMs),
    Array.from({ length: 50 }, (_, at) => at * 20),
  );
  assert.ok(audio.every(({ payload }) => payload.length === 320));
});

test('a line is said at its time, whole, and recorded where it was said', async () => {
  const lines = [line({ type: 'at', atMs: 500 }, 410)];
  const { result, audio } = await callOn({ lines });
  const spoken = Buffer.concat(audio.map(({ payload }) => payload));
  assert.deepEqual(spoken.subarray(500 * 16, 910 * 16), Buffer.from(sound(410)));
  assert.ok(!isSound(spoken.subarray(910 * 16)));
  assert.deepEqual(result.timeline.caller, [{ startMs: 500, endMs: 910 }]);
});

test('a caller waits for the end of the greeting, and of each answer', async () => {
  const lines = [
    line({ type: 'after-agent', quietMs: 300 }),
    line({ type: 'after-agent', quietMs: 300 }),
  ];
  const { result } = await callOn(
    { lines },
    {
      speaks: [
        [0, 1_000],
        [2_400, 3_000],
      ],
    },
  );
  assert.deepEqual(
    result.timeline.caller.map(({ startMs }) => startMs),
    [1_300, 3_300],
  );
  assert.deepEqual(
    result.timeline.turns.map(({ responseMs }) => responseMs),
    [700, null],
  );
  assert.equal(result.end, 'caller-hung-up');
});

test('a caller who is not greeted speaks all the same', async () => {
  const { result } = await callOn({ lines: [line({ type: 'after-agent', quietMs: 300 })] });
  assert.deepEqual(result.timeline.caller, [{ startMs: 5_000, endMs: 5_400 }]);
});

test('[V10] an interruption is said over the answer, counted from its beginning', async () => {
  const lines = [line({ type: 'at', atMs: 0 }), line({ type: 'over-agent', afterMs: 800 })];
  const { result } = await callOn({ lines }, { speaks: [[900, 1_900]] });
  assert.deepEqual(result.timeline.caller[1], { startMs: 1_700, endMs: 2_100 });
  assert.equal(result.timeline.turns[1]?.agentStoppedAfterMs, 200);
});

test('keys are pressed one after the other', async () => {
  const { heard } = await callOn({ lines: [{ cue: { type: 'at', atMs: 100 }, digits: '12#' }] });
  const keys = heard.filter(({ kind }) => kind === messageKind.digit);
  assert.deepEqual(
    keys.map(({ payload, atMs }) => [payload.toString(), atMs]),
    [
      ['1', 100],
      ['2', 300],
      ['#', 500],
    ],
  );
});

test('the recording keeps the agent to its last sample, where it arrived', async () => {
  const { result } = await callOn(
    { holdMs: 9_000 },
    { speaks: [[740, 1_500]], hangsUpAtMs: 2_000 },
  );
  assert.equal(result.end, 'agent-hung-up');
  assert.deepEqual(result.timeline.agent, [{ startMs: 740, endMs: 1_500 }]);
  const spoken = result.agent.subarray(740 * 8, 760 * 8);
  assert.deepEqual(new Uint8Array(spoken.slice().buffer), sound(20));
  assert.equal(result.caller.length, result.agent.length);
});

test('a broken line, a wrong rate and the time limit each have their own end', async () => {
  assert.equal((await callOn({}, { resetsAtMs: 300 })).result.end, 'line-reset');
  const wide = { audioKind: messageKind.slin16 };
  assert.equal((await callOn({}, wide)).result.end, 'format-mismatch');
  const { result, how } = await callOn({ holdMs: 60_000, callMsMax: 2_000 });
  assert.equal(result.end, 'time-limit');
  assert.equal(how, 'fin');
});

test('an address where nobody answers is named', async () => {
  const options = { host: '127.0.0.1', port: 9, uuid, format: 'slin', lines: [] } as const;
  const connect = () => Promise.reject(new Error('connect ECONNREFUSED'));
  await assert.rejects(
    placeCall({ ...options, holdMs: 0, callMsMax: 1 }, { clock: new VirtualClock(), connect }),
    (error) => error instanceof GatewayError && /127\.0\.0\.1:9: connect ECONN/.test(error.message),
  );
});
