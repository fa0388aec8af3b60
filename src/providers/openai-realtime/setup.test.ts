import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenaiRealtimeOptions } from './options.ts';
import { personaUpdate, setupUpdate } from './setup.ts';
import { plainOptions } from './testing/plain-options.ts';
import { plainSetup } from './testing/plain-setup.ts';

const plain: OpenaiRealtimeOptions = {
  ...plainOptions,
  transcriptionModel: 'gpt-live-transcribe',
};

test('[V3] what nobody configured is left to the vendor', () => {
  const update = setupUpdate(plainSetup, plain);
  assert.ok(!('reasoning' in update) && !('max_output_tokens' in update));
  assert.ok(!('idle_timeout_ms' in (update.audio?.input?.turn_detection ?? {})));
  assert.deepEqual(update.audio?.input?.transcription, { model: 'gpt-live-transcribe' });
});

test('[V3] reasoning, reply length, idle time and language reach the vendor', () => {
  const update = setupUpdate(plainSetup, {
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
  const persona = { ...plainSetup.persona, language: 'pt-BR' };
  const update = setupUpdate({ ...plainSetup, persona }, { ...plain, language: 'en' });
  assert.equal(update.audio?.input?.transcription?.language, 'pt');
});

test('[A3] a link in writing asks for text, and for no ears and no voice', () => {
  const update = setupUpdate({ ...plainSetup, callerFormat: null, agentFormat: null }, plain);
  assert.deepEqual(update.output_modalities, ['text']);
  assert.ok(!('audio' in update));
  assert.equal(update.instructions, 'Be brief.');
});

test('[A4] another persona brings its voice only while the voice is not fixed', () => {
  const persona = { ...plainSetup.persona, voice: 'cedar' };
  assert.ok(!('audio' in personaUpdate(persona, plain, { isVoiceFixed: true })));
  const update = personaUpdate(persona, plain, { isVoiceFixed: false });
  assert.equal(update.audio?.output?.voice, 'cedar');
});
