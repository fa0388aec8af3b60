import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from './explain.ts';
import { defaultConfig } from './load.ts';
import { complaints, loaded } from './testing/written-files.ts';

const sections = ['stt', 'llm', 'tts'] as const;

test('[V21] stt, llm and tts have a base_url of their own, and none by default', () => {
  const config = defaultConfig();
  assert.deepEqual(
    sections.map((section) => config[section].base_url),
    [null, null, null],
  );
  const main = 'llm:\n  base_url: http://127.0.0.1:11434/v1\n  model: llama3.1\n';
  assert.equal(loaded({ main }).config.llm.base_url, 'http://127.0.0.1:11434/v1');
  assert.deepEqual(complaints({ main }), []);
});

test('a key is not sent in clear to another machine', () => {
  const complaintsAbout = (section: string, address: string) =>
    complaints({ main: `${section}:\n  base_url: ${address}\n  api_key: sk-1\n` });
  for (const section of sections) {
    assert.match(complaintsAbout(section, 'http://192.0.2.7:8000/v1').join(), /sent in clear/);
    assert.deepEqual(complaintsAbout(section, 'http://127.0.0.1:8000/v1'), []);
    assert.deepEqual(complaintsAbout(section, 'https://api.openai.com/v1'), []);
    assert.deepEqual(complaints({ main: `${section}: {base_url: 'http://192.0.2.7/v1'}` }), []);
  }
});

test('an address is one of HTTP, without credentials or a query', () => {
  for (const address of ['ws://a/v1', 'https://me:secret@a/v1', 'https://a/v1?key=1', 'a']) {
    assert.equal(complaints({ main: `tts: {base_url: '${address}'}` }).length, 1, address);
  }
});

test('whatever a server calls its own goes into llm.extra', () => {
  const main =
    'llm:\n  extra:\n    reasoning_effort: none\n    options: {enable_thinking: false}\n';
  assert.deepEqual(loaded({ main }).config.llm.extra, {
    reasoning_effort: 'none',
    options: { enable_thinking: false },
  });
});

test('keys of endpoints are never shown', () => {
  const main = sections.map((section) => `${section}: {api_key: sk-secret-1}`).join('\n');
  assert.doesNotMatch(JSON.stringify(explain(loaded({ main }))), /sk-secret/);
});
