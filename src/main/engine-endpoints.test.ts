import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { createConverterFactory } from '../audio/converter.ts';
import { pcm } from '../audio/format.ts';
import { createResamplerFactory } from '../audio/resample.ts';
import { defaultConfig } from '../config/load.ts';
import { Rehearsal } from '../realtime-server/testing/rehearsal.ts';
import type { ClientEvent } from '../realtime-server/wire.ts';
import { systemClock } from '../runtime/clock.ts';
import { localBrain } from '../speech/brain/local-brain.ts';
import {
  chatAnswer,
  FakeEndpoints,
  speechAnswer,
  transcriptAnswer,
  until,
} from '../speech/testing/fake-endpoints.ts';
import { fakeSpeech } from '../speech/testing/fake-synthesizer.ts';
import { engineEndpoints } from './engine-endpoints.ts';

const lookUp = {
  type: 'function' as const,
  name: 'lookup_menu',
  description: 'Finds dishes.',
  parameters: { type: 'object', properties: { query: { type: 'string' } } },
};

/** A client of the Realtime server, behind which every part of the engine is an endpoint. */
class Call {
  readonly client: Rehearsal;
  readonly metrics = recordingMetrics();

  constructor(base_url: string) {
    const { metrics } = this;
    const log = recordingLog();
    const converters = createConverterFactory(createResamplerFactory({ kernel: 'plain' }));
    const { stt, llm, tts, ...others } = defaultConfig();
    const endpoints = engineEndpoints({
      config: {
        ...others,
        stt: { ...stt, base_url, model: 'whisper-1' },
        llm: { ...llm, base_url, model: 'llama3.1' },
        tts: { ...tts, base_url, model: 'kokoro', voice: 'af_heart' },
      },
      ...{ fetch, converters, log, metrics, clock: systemClock() },
      expected: async () => assert.fail('nobody asks for a grammar where none is of use'),
    });
    const { recognizer, mind, voice } = endpoints;
    assert.ok(recognizer !== null && mind !== null && voice !== null);
    const hangOver = () => ({ completeMs: 300, inNumberMs: 900 });
    const brain = localBrain({ recognizer, mind, voice, converters, hangOver, log, metrics });
    this.client = new Rehearsal({ server: { brain } });
  }

  send(event: ClientEvent): void {
    this.client.send(event);
  }

  /** Waits for so many responses to have ended. */
  async ended(count: number): Promise<void> {
    await until(() => {
      this.client.clock.advance(1);
      return this.client.of('response.done').length === count;
    });
  }
}

test('[V21] a spoken turn goes through three endpoints and a tool, and is answered', async () => {
  const server = new FakeEndpoints();
  await server.listen();
  try {
    const call = new Call(server.baseUrl);
    server.willTranscribe(transcriptAnswer('Do you have tea?'));
    const calls = [{ name: 'lookup_menu', argumentPieces: ['{"query":', '"tea"}'] }];
    const usage = { prompt_tokens: 90, completion_tokens: 12 };
    server.willChat(
      chatAnswer({ says: ['One', ' moment.'], calls, usage }),
      chatAnswer({ says: ['Yes. ', 'Green', ' tea.'] }),
    );
    server.willSpeak(speechAnswer('One moment.'), speechAnswer('Yes.'), speechAnswer('Green tea.'));
    call.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        instructions: 'You are a waiter.',
        tools: [lookUp],
        audio: { input: { transcription: { model: 'local' } } },
      },
    });
    call.client.speak(900);
    call.client.hush(700);
    await call.ended(1);
    const { transcript } = call.client.last(
      'conversation.item.input_audio_transcription.completed',
    );
    assert.equal(transcript, 'Do you have tea?');
    const first = call.client.last('response.done').response;
    assert.equal(first.status, 'completed');
    assert.equal(first.usage?.total_tokens, 102, 'what the server counted');
    const asked = call.client.last('response.function_call_arguments.done');
    assert.equal(asked.arguments, '{"query":"tea"}');
    const item = {
      type: 'function_call_output',
      call_id: asked.call_id,
      output: '["green"]',
    } as const;
    call.send({ type: 'conversation.item.create', item });
    call.send({ type: 'response.create' });
    await call.ended(2);
    const said = call.client.of('response.output_audio_transcript.done');
    assert.deepEqual(
      said.map((done) => done.transcript),
      ['One moment.', 'Yes. Green tea.'],
    );
    const audio = call.client.of('response.output_audio.delta').map(({ delta }) => {
      return Buffer.from(delta, 'base64');
    });
    const spoken = ['One moment.', 'Yes.', 'Green tea.'];
    const sounds = spoken.map((text) => fakeSpeech(text, pcm(24_000)));
    assert.ok(Buffer.concat(audio).equals(Buffer.concat(sounds)));
    const second = JSON.stringify(server.bodies('/chat/completions').at(-1));
    assert.match(second, /"role":"user","content":"Do you have tea\?"/);
    assert.match(second, /"role":"tool","tool_call_id":"[^"]+","content":"\[\\"green\\"\]"/);
    assert.equal(call.metrics.values.get('offhook_recognitions_total/endpoint'), 1);
  } finally {
    await server.close();
  }
});

test('[V21] a server that fails costs one response, which says why', async () => {
  const server = new FakeEndpoints();
  await server.listen();
  try {
    const call = new Call(server.baseUrl);
    const write = () => {
      const content = [{ type: 'input_text' as const, text: 'Hello?' }];
      const item = { type: 'message' as const, role: 'user' as const, content };
      call.send({ type: 'conversation.item.create', item });
      call.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    };
    server.willChat({ status: 400, pieces: ['{"error":"no such model"}'] });
    write();
    await call.ended(1);
    const { status, status_details } = call.client.last('response.done').response;
    assert.equal(status, 'failed');
    assert.equal(status_details?.error?.code, 'provider_refused');
    assert.equal(
      call.metrics.values.get('offhook_provider_errors_total/local/PROVIDER_REFUSED'),
      1,
    );
    server.willChat(chatAnswer({ says: ['Good day.'] }));
    write();
    await call.ended(2);
    assert.equal(call.client.last('response.output_text.done').text, 'Good day.');
  } finally {
    await server.close();
  }
});

test('without an address nothing of the engine is replaced', () => {
  const parts = { fetch, clock: systemClock(), log: recordingLog(), metrics: recordingMetrics() };
  const converters = createConverterFactory(createResamplerFactory({ kernel: 'plain' }));
  const expected = async () => null;
  const endpoints = engineEndpoints({ config: defaultConfig(), converters, expected, ...parts });
  assert.deepEqual(endpoints, { recognizer: null, mind: null, voice: null });
});
