import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { initializeLogger } from '@livekit/agents';
import { realtime } from '@livekit/agents-plugin-openai';
import { AudioFrame } from '@livekit/rtc-node';
import * as beta from 'livekit-plugin-openai-beta';
import { sine } from '../../src/audio/tone.ts';
import type { EmulatorScriptSource } from '../../src/realtime-server/script.ts';
import { startEmulator } from '../emulator.ts';
import { startRelay } from './relay.ts';

initializeLogger({ pretty: false, level: 'silent' });

const limits = { timeout: 10_000 };
const script: EmulatorScriptSource = {
  firstDeltaMs: 20,
  speed: 1_000,
  callerSays: ['good morning'],
  replies: [{ say: 'Good morning to you.', sound: { kind: 'tone', ms: 1_500 }, times: 100 }],
};

async function sessionFor(t: TestContext) {
  const emulator = await startEmulator(script);
  const baseURL = emulator.url.replace(/\/realtime$/, '');
  const model = new realtime.RealtimeModel({
    apiKey: 'sk-witness',
    baseURL,
    model: 'gpt-realtime',
    turnDetection: { type: 'server_vad', silence_duration_ms: 200 },
  });
  const session = model.session();
  const errors: unknown[] = [];
  session.on('error', (error) => errors.push(error));
  t.after(async () => {
    await session.close();
    await emulator.close();
  });
  return { session, errors };
}

/** All words and the length of all audio of one generation. */
async function hear(generation: Awaited<ReturnType<realtime.RealtimeSession['generateReply']>>) {
  let text = '';
  let audioMs = 0;
  for await (const message of generation.messageStream) {
    await Promise.all([
      (async () => {
        for await (const piece of message.textStream) text += String(piece);
      })(),
      (async () => {
        for await (const frame of message.audioStream) {
          audioMs += frame.samplesPerChannel / (frame.sampleRate / 1_000);
        }
      })(),
    ]);
  }
  return { text, audioMs: Math.round(audioMs) };
}

test(
  '[B2] generateReply() of the LiveKit plugin is answered: its metadata comes back',
  limits,
  async (t) => {
    const { session, errors } = await sessionFor(t);
    const generation = await session.generateReply('Greet the caller.');
    const { text, audioMs } = await hear(generation);
    assert.equal(text, 'Good morning to you.');
    assert.equal(audioMs, 1_500);
    assert.deepEqual(errors, []);
  },
);

test('[B2] speech pushed by the LiveKit plugin is detected and answered', limits, async (t) => {
  const { session, errors } = await sessionFor(t);
  const began = once(session, 'input_speech_started');
  const answered = once(session, 'generation_created');
  const transcribed = new Promise((resolve) => {
    session.on('input_audio_transcription_completed', ({ transcript, isFinal }) => {
      if (isFinal) resolve(transcript);
    });
  });
  const samples = new Int16Array(36_000);
  samples.set(sine({ rateHz: 24_000, hz: 300, sampleCount: 12_000 }));
  session.pushAudio(new AudioFrame(samples, 24_000, 1, samples.length));
  await began;
  assert.equal(await transcribed, 'good morning');
  const [generation] = await answered;
  assert.equal((await hear(generation)).text, 'Good morning to you.');
  assert.deepEqual(errors, []);
});

test(
  '[B2] the LiveKit plugin 2.0.0, of the beta, is refused as by the vendor',
  limits,
  async (t) => {
    const emulator = await startEmulator(script);
    // It listens a moment after its socket has opened: without a way between it would hear nothing.
    const relay = await startRelay(emulator.url);
    const model = new beta.realtime.RealtimeModel({
      apiKey: 'sk-witness',
      baseURL: relay.url.replace(/\/realtime$/, ''),
    });
    const session = model.session();
    t.after(async () => {
      // Refused, it would try again for ever.
      await session.close();
      relay.close();
      await emulator.close();
    });
    // What it throws for every refusal; the refusal itself is looked at below.
    session.on('error', () => undefined);
    const refused = new Promise<{ code: string; message: string }>((resolve) => {
      session.on('openai_server_event_received', ({ type, error }) => {
        if (type === 'error') resolve(error);
      });
    });
    const { code, message } = await refused;
    assert.equal(code, 'beta_api_shape_disabled');
    assert.match(message, /Realtime Beta API is no longer supported/);
    assert.equal(await relay.closeCode, 4000);
  },
);
