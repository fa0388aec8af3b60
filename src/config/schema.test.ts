import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { parseNextStep } from '../asterisk/wire.ts';
import { defaultSettings } from '../session/settings.ts';
import { defaultEnergyDetectorSettings } from '../speech/energy-detector.ts';
import { environmentKeys } from './environment.ts';
import { defaultConfig, loadConfig } from './load.ts';
import { readConfigFile } from './read-config-file.ts';
import { renderConfigSchema } from './render-config-schema.ts';
import { renderConfigurationDocument } from './render-configuration-document.ts';
import { restartKeys } from './restart-keys.ts';
import { configJsonSchema, nodeAt, type SchemaNode, schemaTree } from './schema-tree.ts';
import { complaints } from './testing/written-files.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

test('[V6] the keys that users know are there under their exact names, with their defaults', () => {
  const config = defaultConfig();
  assert.equal(config.default_provider, 'local');
  assert.equal(config.audiosocket.format, 'slin');
  assert.equal(config.audiosocket.require_registered, false);
  assert.deepEqual(config.audiosocket.allow, []);
  assert.equal(config.turn.authority, 'provider');
  assert.equal(config.api.port, 8787);
  assert.equal(config.logging.level, 'info');
  assert.deepEqual(config.logging.providers, {});
  assert.equal(config.providers.openai_realtime.model, 'gpt-realtime-2.1');
});

test('[V9] the detector has its keys and defaults', () => {
  assert.deepEqual(defaultConfig().vad, {
    gate: 'off',
    detector: 'silero',
    webrtc_aggressiveness: 1,
    enhanced_enabled: true,
    confidence_threshold: 0.6,
    energy_threshold: 1500,
  });
  assert.equal(defaultConfig().gate.tailMs, 250);
});

test('the defaults are those of the parts that they set', () => {
  const { asterisk, session, vad, gate, turn } = defaultConfig();
  assert.deepEqual(
    {
      authority: turn.authority,
      gate: vad.gate,
      gateTailMs: gate.tailMs,
      callMsMax: session.call_length_max_s * 1000,
      costUsdMicrosMax: session.cost_max_usd,
      silencePromptMs: session.silence_prompt_s * 1000,
      silenceGoodbyeMs: session.silence_goodbye_s * 1000,
      textIdleMsMax: session.text_idle_timeout_s * 1000,
      replyMsMax: session.reply_timeout_ms,
      replyQueueMsMax: session.reply_queue_max_s * 1000,
      reconnectAttemptsMax: session.reconnect_attempts_max,
      reconnectDelayMsMin: session.reconnect_delay_min_ms,
      reconnectDelayMsMax: session.reconnect_delay_max_ms,
      toolCallsPerTurnMax: session.tools_per_turn_max,
      toolCallsPerCallMax: session.tools_per_call_max,
      toolFillerAfterMs: session.tool_filler_after_ms,
      closingMsMax: session.closing_timeout_s * 1000,
      briefingMsMax: asterisk.ari.briefing_max_s * 1000,
    },
    defaultSettings,
  );
  assert.deepEqual(
    {
      energyThreshold: vad.energy_threshold,
      aggressiveness: vad.webrtc_aggressiveness,
      confidenceThreshold: vad.confidence_threshold,
      isEnhanced: vad.enhanced_enabled,
    },
    defaultEnergyDetectorSettings,
  );
});

test('every key and section is described', () => {
  const walk = (node: SchemaNode, path: readonly string[]): void => {
    if (path.length > 0 && path.at(-1) !== '*') assert.ok(node.description, path.join('.'));
    if (node.kind === 'map') walk(node.item, [...path, '*']);
    if (node.kind !== 'section') return;
    for (const [key, each] of node.keys) walk(each, [...path, key]);
  };
  walk(schemaTree(), []);
});

test('variables and keys that wait for a restart name keys that there are', () => {
  for (const key of [...restartKeys, ...environmentKeys.map((row) => row.key)]) {
    assert.ok(nodeAt(schemaTree(), key.split('.')), key);
  }
});

test('the shipped file is valid, for us and for editors, and changes nothing', () => {
  const path = join(root, 'config/ai-agent.yaml');
  const request = { path, isRequired: true, environment: {} };
  const readFile = (each: string) =>
    each === path ? readConfigFile(each) : ({ is: 'absent' } as const);
  const result = loadConfig({ ...request, readFile });
  assert.ok(result.isValid);
  assert.deepEqual(result.warnings, []);
  assert.deepEqual(result.config, defaultConfig());
  const validate = new Ajv2020({ validateFormats: false }).compile(configJsonSchema());
  assert.ok(validate(parse(readFileSync(path, 'utf8'))), JSON.stringify(validate.errors));
  assert.ok(!validate({ default_provider: 'nobody' }));
  assert.ok(!validate({ audiosocket: { formt: 'slin' } }));
});

test('the JSON Schema is up to date: offhook config schema > config/ai-agent.schema.json', () => {
  assert.equal(read('config/ai-agent.schema.json'), renderConfigSchema());
  assert.deepEqual(
    JSON.parse(renderConfigSchema()),
    JSON.parse(JSON.stringify(configJsonSchema())),
  );
});

test('[O7] the reference of the configuration is up to date: npm run docs', () => {
  assert.equal(read('docs/configuration.md'), renderConfigurationDocument());
});

test('a destination that the configuration takes is one that the dialplan can be told', () => {
  const destinations = ['hangup', 'dial:kitchen', 'goto:from-internal,100,1', 'goto:a,+44*#,n'];
  for (const destination of destinations) {
    assert.deepEqual(complaints({ main: `directory: { there: "${destination}" }` }), []);
    assert.doesNotThrow(() => parseNextStep(destination));
  }
  for (const injection of ['dial:$EVIL', 'goto:a,b', 'goto:a,b,1&x', '+15551234', 'dial:a b']) {
    const main = `directory: { there: "${injection}" }`;
    assert.match(complaints({ main }).join(), /directory\.there must be goto:CONTEXT/, injection);
    assert.throws(() => parseNextStep(injection));
  }
});

test('an address or CIDR is told from what only looks like one', () => {
  const of = (entry: string) => complaints({ main: `audiosocket: { allow: ["${entry}"] }` });
  for (const right of ['192.0.2.7', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0']) {
    assert.deepEqual(of(right), [], right);
  }
  for (const wrong of [
    '',
    'asterisk',
    '10.0.0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/8/8',
    '1.2.3.4/x',
  ]) {
    assert.equal(of(wrong).length, 1, wrong);
  }
});
