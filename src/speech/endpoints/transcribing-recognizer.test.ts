import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sine } from '../../audio/tone.ts';
import { fitTone } from '../../audio/tone-fit.ts';
import { readWav } from '../../audio/wav.ts';
import type { Recognition, RecognizerSession } from '../recognizer.ts';
import { transcriptAnswer, until } from '../testing/fake-endpoints.ts';
import { type EndpointTrial, trial } from './testing/endpoint-trial.ts';
import { TranscribingRecognizer } from './transcribing-recognizer.ts';

function sessionOn(on: EndpointTrial, language: string | null = 'en'): RecognizerSession {
  const endpoint = on.endpoint('stt', { retriesMax: 0 });
  const { converters, metrics } = on;
  const parts = { endpoint, model: 'whisper-1', language, converters, metrics };
  return new TranscribingRecognizer(parts).open();
}

const toneOf = (ms: number): Int16Array =>
  sine({ rateHz: 8_000, hz: 440, sampleCount: 8 * ms, amplitude: 0.5 });

async function heard(session: RecognizerSession, ms = 500): Promise<Recognition> {
  session.start();
  for (let at = 0; at < ms; at += 20) session.push(toneOf(20));
  return await session.finish();
}

test('[V21] a turn goes to the server whole, as WAV at 16 kHz, and its text comes back', () =>
  trial(async (on) => {
    on.server.willTranscribe(transcriptAnswer(' Two teas, please. '));
    const session = sessionOn(on);
    session.start();
    session.push(toneOf(600));
    const text = 'Two teas, please.';
    assert.deepEqual(await session.finish(), { is: 'words', text, by: 'endpoint' });
    const form = await on.server.form();
    const fields = ['model', 'language', 'response_format'].map((name) => form.get(name));
    assert.deepEqual(fields, ['whisper-1', 'en', 'json']);
    const file = form.get('file');
    assert.ok(file instanceof File);
    const { format, samples } = readWav(new Uint8Array(await file.arrayBuffer()));
    assert.equal(format.rateHz, 16_000);
    const [tone] = samples;
    assert.ok(Math.abs(tone!.length - 9_600) < 100);
    assert.ok(fitTone(tone!.subarray(800, 8_800), 16_000, 440).snrDb > 40);
  }));

test('the model finds out the language when none is configured', () =>
  trial(async (on) => {
    on.server.willTranscribe(transcriptAnswer('Deux thés.'));
    await heard(sessionOn(on, null));
    assert.equal((await on.server.form()).has('language'), false);
  }));

test('a text without words is nothing understood', () =>
  trial(async (on) => {
    const session = sessionOn(on);
    for (const text of ['', ' ', '...', '[BLANK_AUDIO]', '(music) [noise]', '*sighs*', '♪♪']) {
      on.server.willTranscribe(transcriptAnswer(text));
      assert.deepEqual(await heard(session), { is: 'refused' }, text);
    }
  }));

test('what is too short to be speech is not sent', () =>
  trial(async (on) => {
    assert.deepEqual(await heard(sessionOn(on), 80), { is: 'refused' });
    assert.deepEqual(await sessionOn(on).finish(), { is: 'refused' });
    assert.equal(on.server.requests.length, 0);
  }));

test('a turn beyond 30 seconds is cut off and counted once', () =>
  trial(async (on) => {
    on.server.willTranscribe(transcriptAnswer('And so on.'));
    await heard(sessionOn(on), 32_000);
    const wavBytes = on.server.requests[0]!.body.length;
    assert.ok(wavBytes < 31 * 32_000 && wavBytes > 30 * 32_000);
    assert.equal(on.metrics.values.get('offhook_limits_total/speech_recognized'), 1);
  }));

test('a server that fails loses the turn, not the session', () =>
  trial(async (on) => {
    const session = sessionOn(on);
    on.server.willTranscribe({ status: 500 }, { pieces: ['nonsense'] }, transcriptAnswer('Tea.'));
    await assert.rejects(heard(session), { code: 'PROVIDER_UNREACHABLE' });
    await assert.rejects(heard(session), { code: 'PROVIDER_PROTOCOL' });
    assert.equal((await heard(session)).is, 'words');
    assert.equal(on.metrics.values.get('offhook_provider_errors_total/local/PROVIDER_PROTOCOL'), 1);
  }));

test('a caller who goes leaves no request behind', () =>
  trial(async (on) => {
    on.server.willTranscribe({ end: 'stall' });
    const session = sessionOn(on);
    const hearing = heard(session);
    await until(() => on.server.requests.length === 1);
    session.close();
    await assert.rejects(hearing, { code: 'SPEECH_ENGINE_LOST' });
    await until(() => on.server.abandonedCount === 1);
  }));
