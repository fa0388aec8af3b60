// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax of our files
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadValues, oldKeys, withoutOldKeys } from './legacy.ts';
import { problemLine } from './problem.ts';
import { nodeAt, schemaTree } from './schema-tree.ts';
import { complaints, loaded, warnings } from './testing/written-files.ts';
import { entryAt } from './tree.ts';
import { readYaml } from './yaml-tree.ts';

/**
 * The keys that a file of AVA-AI-Voice-Agent-for-Asterisk has, with its values where they matter.
 */
const oldFile = `
active_pipeline: local_hybrid
config_version: 4
asterisk: { app_name: asterisk-ai-voice-agent }
audio_transport: externalmedia
audiosocket: { format: slin, host: 127.0.0.1, port: 8090 }
barge_in: { enabled: true, min_ms: 150 }
contexts:
  sales:
    greeting: Hello
    profile: telephony_ulaw_8k
    prompt: You sell.
    provider: openai_realtime
    tools: [hangup_call]
default_provider: openai_realtime
profiles: { default: telephony_responsive }
providers:
  deepgram: { enabled: true, model: nova-2 }
  local: { base_url: "\${LOCAL_WS_URL:-ws://127.0.0.1}", chunk_ms: "\${LOCAL_CHUNK_MS:=320}" }
  google_live: { api_key: "\${GOOGLE_API_KEY}" }
  openai_realtime:
    api_version: ga
    base_url: wss://api.openai.com/v1/realtime
    egress_pacer_enabled: false
    egress_pacer_warmup_ms: 320
    enabled: true
    greeting: Hello, how can I help you today?
    instructions: You are a voice assistant.
    input_encoding: ulaw
    max_response_output_tokens: 4096
    model: gpt-4o-realtime-preview-2024-12-17
    organization: ''
    provider_input_encoding: linear16
    provider_input_sample_rate_hz: 16000
    response_modalities: [audio, text]
    temperature: 0.6
    turn_detection: { create_response: true, silence_duration_ms: 1000, type: server_vad }
    voice: nova
streaming: { jitter_buffer_ms: 950 }
logging: { level: warning }
no_input: { enabled: true, initial_timeout_sec: 30 }
tools: { enabled: true }
vad: { enhanced_enabled: true, webrtc_aggressiveness: 1, webrtc_start_frames: 3 }
`;

test('[V6] a file of another gateway loads, with a warning and its line for each old key', () => {
  const written = { main: oldFile, environment: { OPENAI_API_KEY: 'sk-test' } };
  const { config } = loaded(written);
  const openai = config.providers.openai_realtime;
  assert.equal(config.default_provider, 'openai_realtime');
  assert.equal(config.audiosocket.port, 8090);
  assert.equal(openai.model, 'gpt-realtime-2.1');
  assert.equal(openai.voice, 'marin');
  assert.equal(openai.max_output_tokens, 4096);
  assert.equal(openai.organization, null);
  assert.equal(openai.turn_detection.silence_duration_ms, 1000);
  assert.equal(config.session.silence_prompt_s, 30);
  assert.equal(config.logging.level, 'warn');
  const { assistant, sales } = config.personas;
  assert.equal(assistant?.instructions, 'You are a voice assistant.');
  assert.equal(sales?.instructions, 'You sell.');
  assert.equal(sales?.provider, 'openai_realtime');
  const told = warnings(written);
  const expected = [
    'ai-agent.yaml:2:1: "active_pipeline" is not used any more: default_provider says who answers',
    'ai-agent.yaml:8:1: "contexts" is now "personas": who answers is a persona',
    'ai-agent.yaml:12:5: "personas.sales.prompt" is now "personas.sales.instructions": the ' +
      'vendor calls it so',
  ];
  for (const line of expected) assert.ok(told.includes(line), `${line}\n${told.join('\n')}`);
  const isTold = (start: string) =>
    assert.ok(
      told.some((each) => each.startsWith(start)),
      start,
    );
  isTold('ai-agent.yaml:30:5: "providers.openai_realtime.max_response_output_tokens" is now');
  isTold('ai-agent.yaml:31:12: providers.openai_realtime.model: "gpt-4o-realtime-preview-2024');
  isTold('ai-agent.yaml:34:5: "providers.openai_realtime.provider_input_sample_rate_hz" is not');
  isTold('ai-agent.yaml:35:5: "providers.openai_realtime.response_modalities" is not used');
  isTold('ai-agent.yaml:37:23: "providers.openai_realtime.turn_detection.create_response" is not');
  isTold('ai-agent.yaml:39:1: "streaming" is not used any more');
});

test('a variable is not asked for where its value is not used any more', () => {
  assert.deepEqual(
    complaints({ main: 'providers: { google_live: { api_key: "${NOT_SET}" } }' }),
    [],
  );
});

test('`openai` is another name of the provider as a value, without a warning', () => {
  const written = {
    main: 'default_provider: openai\n',
    environment: { OPENAI_API_KEY: 'sk-test' },
  };
  assert.equal(loaded(written).config.default_provider, 'openai_realtime');
  assert.deepEqual(warnings(written), []);
});

test('`providers.openai` moves as a whole, and what stands under the new name wins', () => {
  const main = `
providers:
  openai: { model: gpt-realtime-2, voice: cedar }
  openai_realtime: { voice: ash }
`;
  const { model, voice } = loaded({ main }).config.providers.openai_realtime;
  assert.deepEqual([model, voice], ['gpt-realtime-2', 'ash']);
  assert.deepEqual(warnings({ main }), [
    'ai-agent.yaml:3:3: "providers.openai" is now "providers.openai_realtime": the provider has ' +
      'one name in files',
  ]);
});

test('a dead model in the environment is replaced too, and the variable is named', () => {
  const environment = { OPENAI_REALTIME_MODEL: 'gpt-4o-mini-realtime-preview' };
  assert.equal(
    loaded({ environment }).config.providers.openai_realtime.model,
    'gpt-realtime-2.1-mini',
  );
  assert.match(
    warnings({ environment }).join(),
    /^environment variable OPENAI_REALTIME_MODEL: .*"gpt-realtime-2\.1-mini" is used/,
  );
});

test('a voice that never was is replaced in personas too', () => {
  const main = 'personas:\n  waiter: { instructions: Serve., voice: fable }\n';
  const { waiter } = loaded({ main }).config.personas;
  assert.equal(waiter?.voice, 'marin');
});

test('[V6] each row of the table is told with its line, and its value goes to the new name', () => {
  const filled = (key: string) => key.replaceAll('*', 'waiter').split('.');
  for (const { key, to, because } of oldKeys) {
    const path = filled(key);
    const lines = path.map((name, depth) => `${'  '.repeat(depth)}${name}:`);
    const old = readYaml('old.yaml', `${lines.join('\n')} kept`).tree;
    const { tree, warnings: told } = withoutOldKeys(old);
    const fate = to === null ? 'is not used any more' : `is now "${filled(to).join('.')}"`;
    const place = `old.yaml:${path.length}:${path.length * 2 - 1}`;
    const [line = ''] = told.map(problemLine);
    assert.equal(line, `${place}: "${path.join('.')}" ${fate}: ${because}`);
    assert.equal(entryAt(tree, path), undefined, key);
    if (to === null) continue;
    const moved = entryAt(tree, filled(to))?.tree;
    assert.equal(moved?.kind === 'value' && moved.value, 'kept', key);
  }
});

test('a section with nothing in it does not swallow what comes from an old one', () => {
  const main = 'personas:\ncontexts: { sales: { prompt: You sell. } }\n';
  const { sales } = loaded({ main }).config.personas;
  assert.equal(sales?.instructions, 'You sell.');
});

test('where the new name is written too, it counts and the warning says so', () => {
  const main = 'providers: { openai_realtime: { project_id: old, project: new } }';
  assert.equal(loaded({ main }).config.providers.openai_realtime.project, 'new');
  assert.deepEqual(warnings({ main }), [
    'ai-agent.yaml:1:33: "providers.openai_realtime.project_id" is now ' +
      '"providers.openai_realtime.project", which is written too and counts: the name is shorter',
  ]);
});

test('a provider that is not there any more is refused, never another one in its place', () => {
  const main = 'default_provider: deepgram\nproviders: { deepgram: { model: nova-3 } }\n';
  assert.deepEqual(complaints({ main }), [
    'PROVIDER_UNKNOWN ai-agent.yaml:1:19: default_provider must be one of local, ' +
      'openai_realtime, openai, not "deepgram"',
  ]);
});

test('every new name and value of the table is a right one, and every old name is not', () => {
  const root = schemaTree();
  for (const { key, to } of oldKeys) {
    assert.equal(nodeAt(root, key.split('.')), undefined, `${key} is a key of today`);
    if (to !== null) assert.ok(nodeAt(root, to.split('.')), `${to} is no key`);
  }
  for (const { key, instead, dead } of deadValues) {
    assert.ok(nodeAt(root, key.split('.')), `${key} is no key`);
    assert.doesNotMatch(String(instead), dead);
  }
});
