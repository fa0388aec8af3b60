import type { ConverterFactory } from '../audio/converter.ts';
import type { Config } from '../config/schema.ts';
import type { Log, Metrics } from '../observe/observe.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Mind, MindSession } from '../speech/brain/mind.ts';
import type { Voice } from '../speech/brain/speaker.ts';
import { chatMind } from '../speech/endpoints/chat-mind.ts';
import { Endpoint, type EndpointName } from '../speech/endpoints/endpoint.ts';
import { EndpointVoice } from '../speech/endpoints/endpoint-voice.ts';
import { TranscribingRecognizer } from '../speech/endpoints/transcribing-recognizer.ts';
import type { Recognizer } from '../speech/recognizer.ts';

export interface EngineEndpointParts {
  readonly config: Config;
  readonly fetch: typeof fetch;
  readonly converters: ConverterFactory;
  /** What callers may say to our own recognizer, also when a language model answers them. */
  readonly expected: MindSession['expected'];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What takes the place of a part of our own engine; `null`: nothing does. */
export interface EngineEndpoints {
  readonly recognizer: Recognizer | null;
  readonly mind: Mind | null;
  readonly voice: Voice | null;
}

/** The endpoints of `stt`, `llm` and `tts` that are configured. No request is made yet. */
export function engineEndpoints(parts: EngineEndpointParts): EngineEndpoints {
  const { config, converters, metrics } = parts;
  const { stt, llm, tts } = config;
  const hearing = endpointOf('stt', { ...stt, first_timeout_ms: stt.timeout_ms }, parts);
  const thinking = endpointOf(
    'llm',
    { ...llm, first_timeout_ms: llm.first_token_timeout_ms },
    parts,
  );
  const speaking = endpointOf(
    'tts',
    { ...tts, first_timeout_ms: tts.first_audio_timeout_ms },
    parts,
  );
  return {
    recognizer:
      hearing && new TranscribingRecognizer({ endpoint: hearing, ...stt, converters, metrics }),
    mind:
      thinking &&
      chatMind({
        endpoint: thinking,
        model: llm.model,
        temperature: llm.temperature,
        tokensMax: llm.max_tokens,
        extra: llm.extra,
        expected: hearing === null ? parts.expected : async () => null,
      }),
    voice:
      speaking &&
      new EndpointVoice({
        endpoint: speaking,
        model: tts.model,
        voice: tts.voice,
        responseFormat: tts.response_format,
        pcmRateHz: tts.pcm_rate_hz,
        converters,
      }),
  };
}

interface EndpointSection {
  readonly base_url: string | null;
  readonly api_key: string | null;
  readonly first_timeout_ms: number;
  readonly timeout_ms: number;
  readonly retries_max: number;
}

function endpointOf(
  name: EndpointName,
  section: EndpointSection,
  parts: EngineEndpointParts,
): Endpoint | null {
  if (section.base_url === null) return null;
  const settings = {
    baseUrl: section.base_url,
    apiKey: section.api_key,
    firstMsMax: section.first_timeout_ms,
    wholeMsMax: section.timeout_ms,
    retriesMax: section.retries_max,
  };
  return new Endpoint(name, settings, parts);
}
