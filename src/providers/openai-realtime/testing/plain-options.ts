import { defaultTiming, type OpenaiRealtimeOptions } from '../options.ts';

/** A provider of which nothing but the model is configured. */
export const plainOptions: OpenaiRealtimeOptions = {
  name: 'openai_realtime',
  logComponent: 'providers.openai',
  url: 'wss://api.openai.com/v1/realtime',
  model: 'gpt-realtime-2.1',
  voice: 'marin',
  apiKey: 'sk-test',
  needsApiKey: true,
  organization: null,
  project: null,
  safetyIdentifier: null,
  wire: 'auto',
  transcriptionModel: null,
  noiseReduction: null,
  language: null,
  idleTimeoutMs: null,
  reasoningEffort: null,
  maxOutputTokens: null,
  retentionRatio: null,
  sendsPrompt: false,
  prices: null,
  timing: defaultTiming,
};
