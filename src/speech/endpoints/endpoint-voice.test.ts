import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mulaw8k, pcm } from '../../audio/format.ts';
import { sine } from '../../audio/tone.ts';
import { fitTone } from '../../audio/tone-fit.ts';
import { writeWav } from '../../audio/wav.ts';
import type { SpokenSentence } from '../synthesizer.ts';
import { speechAnswer, until } from '../testing/fake-endpoints.ts';
import { fakeSpeech } from '../testing/fake-synthesizer.ts';
import { EndpointVoice, type EndpointVoiceParts } from './endpoint-voice.ts';
import { type EndpointTrial, trial } from './testing/endpoint-trial.ts';

function voiceOn(on: EndpointTrial, given: Partial<EndpointVoiceParts> = {}): EndpointVoice {
  return new EndpointVoice({
    endpoint: on.endpoint('tts', { retriesMax: 0 }),
    ...{ model: 'kokoro', voice: null, responseFormat: 'pcm', pcmRateHz: 24_000 },
    converters: on.converters,
    ...given,
  });
}

function sentence(text: string, given: Partial<SpokenSentence> = {}): SpokenSentence {
  return {
    text,
    voice: 'af_heart',
    format: pcm(24_000),
    signal: new AbortController().signal,
    ...given,
  };
}

test('[V21] a sentence is spoken by the server, sample by sample', () =>
  trial(async (on) => {
    on.server.willSpeak(speechAnswer('two teas'));
    const bytes = await voiceOn(on).speak(sentence('two teas'));
    assert.ok(Buffer.from(bytes).equals(fakeSpeech('two teas', pcm(24_000))));
    const asked = { model: 'kokoro', voice: 'af_heart', input: 'two teas', response_format: 'pcm' };
    assert.deepEqual(on.server.bodies('/audio/speech'), [asked]);
  }));

test('[V21] the first sound is heard while the rest is made', () =>
  trial(async (on) => {
    const sound = fakeSpeech('two teas', pcm(24_000));
    on.server.willSpeak({ pieces: [sound.subarray(0, 9_601)], end: 'stall' });
    const pieces = voiceOn(on).stream(sentence('two teas', { format: mulaw8k }));
    const first = await pieces.next();
    assert.ok(first.value !== undefined && first.value.length > 1_000);
    await pieces.return(undefined);
    await until(() => on.server.abandonedCount === 1);
  }));

test('a voice is given words, no markup; what has none needs no request', () =>
  trial(async (on) => {
    on.server.willSpeak(speechAnswer('two teas'));
    await voiceOn(on).speak(sentence('**Two** teas 😀'));
    assert.match(JSON.stringify(on.server.bodies('/audio/speech')), /"input":"Two teas"/);
    for (const text of ['😀', '---', '…']) {
      assert.equal((await voiceOn(on).speak(sentence(text))).length, 0, text);
    }
    assert.equal(on.server.requests.length, 1);
  }));

test('what was said before is not asked for again, in the same voice and format', () =>
  trial(async (on) => {
    on.server.willSpeak(speechAnswer('tea'), speechAnswer('tea'), speechAnswer('tea'));
    const voice = voiceOn(on);
    const first = await voice.speak(sentence('tea'));
    const kept = first.slice();
    first.fill(0);
    for await (const piece of voice.stream(sentence('tea'))) piece.fill(0);
    assert.deepEqual(await voice.speak(sentence('tea')), kept);
    assert.equal(on.server.requests.length, 1);
    await voice.speak(sentence('tea', { voice: 'am_adam' }));
    await voice.speak(sentence('tea', { format: mulaw8k }));
    assert.equal(on.server.requests.length, 3);
  }));

test('a WAV of any rate that we know is converted', () =>
  trial(async (on) => {
    const tone = sine({ rateHz: 16_000, hz: 440, sampleCount: 16_000, amplitude: 0.5 });
    on.server.willSpeak({ pieces: [writeWav(16_000, [tone])] });
    const voice = voiceOn(on, { responseFormat: 'wav', voice: 'onyx' });
    const bytes = await voice.speak(sentence('tea', { format: pcm(8000) }));
    const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    assert.ok(fitTone(samples.subarray(400, 7_600), 8_000, 440).snrDb > 40);
    assert.match(JSON.stringify(on.server.bodies('/audio/speech')), /"voice":"onyx".*"wav"/);
  }));

test('a server that sends something else is not played as noise', () =>
  trial(async (on) => {
    const wav = { responseFormat: 'wav' as const };
    on.server.willSpeak(
      { headers: { 'content-type': 'audio/mpeg' }, pieces: ['ID3'] },
      { headers: { 'content-type': 'application/json' }, pieces: ['{}'] },
      { pieces: [] },
      { pieces: ['RIFF'] },
      { pieces: [writeWav(8000, [])] },
    );
    for (const given of [{}, {}, {}, wav, wav]) {
      const speaking = voiceOn(on, given).speak(sentence('tea'));
      await assert.rejects(speaking, { code: 'PROVIDER_PROTOCOL' });
    }
    assert.equal(on.server.requests.length, 5);
  }));

test('[V10] a caller who cuts in ends the request, and half a sentence is not kept', () =>
  trial(async (on) => {
    const sound = fakeSpeech('two teas', pcm(24_000));
    on.server.willSpeak(
      { pieces: [sound.subarray(0, 9_600)], end: 'stall' },
      speechAnswer('two teas'),
    );
    const voice = voiceOn(on);
    const cutting = new AbortController();
    const pieces = voice.stream(sentence('two teas', { signal: cutting.signal }));
    await pieces.next();
    cutting.abort();
    await assert.rejects(pieces.next(), { name: 'AbortError' });
    await until(() => on.server.abandonedCount === 1);
    assert.equal((await voice.speak(sentence('two teas'))).length, sound.length);
  }));
