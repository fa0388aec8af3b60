import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mulaw8k } from '../../audio/format.ts';
import type { ProviderSetup } from '../provider.ts';
import type { OpenaiRealtimeOptions } from './options.ts';
import { personaUpdate, setupUpdate } from './setup.ts';
import { plainOptions } from './testing/plain-options.ts';

const setup: ProviderSetup = {
  sessionId: 'sess_1',
  callerFormat: mulaw8k,
  agentFormat: mulaw8k,
  persona: {
    key: 'assistant',
    instructions: 'Be brief.',
    voice: null,
    language: null,
    tools: [],
    variables: {},
  },
  turnDetection: {
    kind: 'server_vad',
    threshold: 0.5,
    prefixPaddingMs: 300,
    silenceMs: 500,
    eagerness: 'auto',
    authority: 'provider',
  },
  history: [],
};

const plain: OpenaiRealtimeOptions = {
  ...plainOptions,
  transcriptionModel: 'gpt-live-transcribe',
};

test('[V3] what nobody configured is left to the vendor', () => {
  const update = setupUpdate(setup, plain);
  assert.ok(!('reasoning' in update) && !('max_output_tokens' in update));
  assert.ok(!('idle_timeout_ms' in (update.audio?.input?.turn_detection ?? {})));
  assert.deepEqual(update.audio?.input?.transcription, { model: 'gpt-live-transcribe' });
});

test('[V3] reasoning, reply length, idle time and language reach the vendor', () => {
  const update = setupUpdate(setup, {
    ...plain,
    reasoningEffort: 'low',
    maxOutputTokens: 800,
    idleTimeoutMs: 6_000,
    language: 'en',
  });
  assert.deepEqual(update.reasoning, { effort: 'low' });
  assert.equal(update.max_output_tokens, 800);
  assert.deepEqual(update.audio?.input?.transcription, {
    model: 'gpt-live-transcribe',
    language: 'en',
  });
  const detection = update.audio?.input?.turn_detection;
  assert.equal(detection?.type === 'server_vad' && detection.idle_timeout_ms, 6_000);
});

test("[V3] the persona's language counts before the provider's", () => {
  const persona = { ...setup.persona, language: 'pt-BR' };
  const update = setupUpdate({ ...setup, persona }, { ...plain, language: 'en' });
  assert.equal(update.audio?.input?.transcription?.language, 'pt');
});

test('[A3] a link in writing asks for text, and for no ears and no voice', () => {
  const update = setupUpdate({ ...setup, callerFormat: null, agentFormat: null }, plain);
  assert.deepEqual(update.output_modalities, ['text']);
  assert.ok(!('audio' in update));
  assert.equal(update.instructions, 'Be brief.');
});

test('[A4] another persona brings its voice only while the voice is not fixed', () => {
  const persona = { ...setup.persona, voice: 'cedar' };
  assert.ok(!('audio' in personaUpdate(persona, plain, { isVoiceFixed: true })));
  const update = personaUpdate(persona, plain, { isVoiceFixed: false });
  assert.equal(update.audio?.output?.voice, 'cedar');
});
