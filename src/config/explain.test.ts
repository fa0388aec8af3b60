// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax of our files
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, secretsIn } from './explain.ts';
import { loaded } from './testing/written-files.ts';
import { placeOf } from './tree.ts';

const rows = (written: Parameters<typeof loaded>[0]) =>
  new Map(explain(loaded(written)).map((row) => [row.key, row]));

test('every value is shown with where it was written', () => {
  const found = rows({
    main: 'audiosocket:\n  port: 9000\n  allow: ["192.0.2.1"]\n',
    local: 'audiosocket: { format: ulaw }',
    environment: { PORT: '9001' },
    flags: [{ name: '--provider', key: 'default_provider', value: 'local' }],
  });
  const told = (key: string): string => {
    const row = found.get(key);
    return row ? `${row.shown} ${placeOf(row.origin)}` : 'not shown';
  };
  assert.equal(told('audiosocket.port'), '9000 ai-agent.yaml:2:9');
  assert.equal(told('audiosocket.allow'), '["192.0.2.1"] ai-agent.yaml:3:10');
  assert.equal(told('audiosocket.format'), '"ulaw" ai-agent.local.yaml:1:24');
  assert.equal(told('api.port'), '9001 environment variable PORT');
  assert.equal(told('default_provider'), '"local" flag --provider');
  assert.equal(told('audiosocket.host'), '"127.0.0.1" default');
});

test('[V14] all secrets in force are known, and nothing else is taken for one', () => {
  const written = loaded({
    main: 'personas: { assistant: { greeting: "Hi ${MY_TOKEN}" } }',
    environment: { OPENAI_API_KEY: 'sk-one', OFFHOOK_METRICS_TOKEN: 'two', MY_TOKEN: 'three' },
  });
  assert.deepEqual(secretsIn(written).toSorted(), ['Hi three', 'sk-one', 'two']);
});

test('[V14] secrets are hidden, by their key and by the variable that they came from', () => {
  const canary = 'sk-canary-4711';
  const found = rows({
    main: [
      'providers: { openai_realtime: { organization: "${ORG_SECRET}" } }',
      'personas: { assistant: { greeting: "Hi ${MY_TOKEN}", tools: ["t-${MY_TOKEN}"] } }',
      `api: { metrics_token: ${canary} }`,
    ].join('\n'),
    environment: { OPENAI_API_KEY: canary, ORG_SECRET: canary, MY_TOKEN: canary },
  });
  for (const { key, shown } of found.values()) assert.ok(!shown.includes(canary), key);
  assert.equal(found.get('providers.openai_realtime.api_key')?.shown, '"***"');
  assert.equal(found.get('api.metrics_token')?.shown, '"***"');
  assert.equal(found.get('personas.assistant.greeting')?.shown, '"***"');
  assert.equal(found.get('personas.assistant.tools')?.shown, '"***"');
});

test('a secret that is not set is shown as such', () => {
  assert.equal(rows({}).get('providers.openai_realtime.api_key')?.shown, 'null');
});
