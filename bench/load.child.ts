/**
 * The world around a gateway, in a process of its own: callers on one side, a model on the other.
 * Told what to do by `load.process.ts`.
 */
import { frameMs } from '../src/audio/format.ts';
import { mulaw } from '../src/audio/g711.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { audioSocketFormats } from '../src/transports/audiosocket/wire.ts';
import { shownMs, spokenAudio } from './load.audio.ts';
import { AudioSocketCaller, type Caller, heardInAll, paceCallers } from './load.callers.ts';
import { LightModel, type ModelCall } from './load.model.ts';
import type { Interruption, LoadOrder, LoadSettings, Measured } from './load.process.ts';
import { TwilioCaller } from './load.twilio.ts';

const settings: LoadSettings = JSON.parse(process.argv[2]!);
const format = audioSocketFormats[settings.format];
const model = new LightModel({
  audio: settings.says && spokenAudio(settings.says, settings.wire, settings.replyMs),
  isTalkative: settings.isTalkative,
});
const callers: Caller[] = [];
/** A gateway that does not take a call for so long will not take it. */
const acceptMsMax = 10_000;

/** One call after the other, so that it is known which conversation is whose. */
async function connectCallers(port: number, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const accepted = model.nextCall();
    callers.push(
      settings.by === 'twilio'
        ? new TwilioCaller(port)
        : new AudioSocketCaller(port, format, { isRecording: settings.says !== 'tone' }),
    );
    await withinMs(acceptMsMax, accepted);
  }
}

async function measure(durationMs: number): Promise<Measured> {
  for (const caller of callers) caller.listen();
  for (const call of model.calls) {
    call.appends = 0;
    call.appendBytes = 0;
    call.lateDeltas = 0;
  }
  const startedMs = performance.now();
  const loop = performance.eventLoopUtilization();
  await sleep(durationMs);
  return {
    ...heardInAll(callers),
    durationMs: performance.now() - startedMs,
    appends: sumOf(({ appends }) => appends),
    appendBytes: sumOf(({ appendBytes }) => appendBytes),
    lateDeltas: sumOf(({ lateDeltas }) => lateDeltas),
    loadUtilization: performance.eventLoopUtilization(loop).utilization,
  };
}

function sumOf(of: (call: ModelCall) => number): number {
  return model.calls.reduce((sum, call) => sum + of(call), 0);
}

/** In each call by itself: a reply, cut off somewhere in its middle, `rounds` times. */
async function interruptAll(rounds: number): Promise<Interruption[]> {
  const random = seededRandom(1);
  const waits = callers.map(() =>
    Array.from({ length: rounds }, () => 500 + 2_000 * random.next()),
  );
  const found = await Promise.all(
    callers.map(async (caller, at) => {
      const interruptions: Interruption[] = [];
      for (const waitMs of waits[at]!) {
        interruptions.push(await interruptOne(caller, model.calls[at]!, waitMs));
      }
      return interruptions;
    }),
  );
  return found.flat();
}

async function interruptOne(
  caller: Caller,
  call: ModelCall,
  waitMs: number,
): Promise<Interruption> {
  caller.listen();
  call.speak({ isEndless: false });
  const { itemId } = call;
  await sleep(waitMs);
  // From here on the event can be read on the socket of the gateway.
  const readableMs = performance.now();
  call.interrupt();
  await sleep(300);
  call.callerIsDone();
  await sleep(50);
  const speech = caller.heard.filter(({ isSpeech }) => isSpeech);
  const lastMs = speech.at(-1)?.atMs ?? 0;
  const samples = speech.map(({ bytes }) => samplesOf(bytes));
  return {
    lastFrameMs: Math.max(0, lastMs - readableMs),
    frames: speech.length,
    shownMs: settings.says === 'tone' || !settings.says ? 0 : shownMs(settings.says, samples),
    truncatedAtMs: call.truncations.get(itemId) ?? null,
  };
}

function samplesOf(bytes: Uint8Array<ArrayBuffer>): Int16Array {
  if (format.encoding === 'pcm_s16le') return new Int16Array(bytes.buffer);
  return Int16Array.from(bytes, (code) => mulaw.sampleOf[code]!);
}

async function withinMs(limitMs: number, awaited: Promise<unknown>): Promise<void> {
  const late = sleep(limitMs).then(() => {
    throw new Error(`no conversation of call ${callers.length} within ${limitMs} ms`);
  });
  await Promise.race([awaited, late]);
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

async function obey(order: LoadOrder): Promise<unknown> {
  switch (order.type) {
    case 'connect':
      await connectCallers(order.port, order.calls);
      // The first frames of all come within 20 ms of one another.
      if (order.isSpeaking) paceCallers(callers);
      return frameMs;
    case 'measure':
      return measure(order.durationMs);
    case 'interrupt':
      return interruptAll(order.rounds);
  }
}

process.on('message', async (order: LoadOrder) => {
  process.send!(await obey(order));
});
process.on('disconnect', () => process.exit());
process.send!(await model.listen());
