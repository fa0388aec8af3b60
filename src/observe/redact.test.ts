import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redactor } from './redact.ts';

const secret = 'canary-7f"x/9\\q?';
const redact = redactor([secret, 'short']);

test('[V14] a registered secret is taken out of any text, in its JSON and URL forms too', () => {
  const asJson = JSON.stringify({ note: secret });
  for (const form of [secret, asJson, JSON.stringify({ asJson }), encodeURIComponent(secret)]) {
    const clean = redact.text(`refused: ${form} and again ${form}`);
    assert.ok(!clean.includes('7f'), clean);
    assert.match(clean, /\[secret\].*\[secret\]/);
  }
  const json: unknown = JSON.parse(redact.secretsOnly(JSON.stringify({ note: `a ${secret} b` })));
  assert.deepEqual(json, { note: 'a [secret] b' });
});

test('[V14] secrets that come later are taken out, and the earlier ones still', () => {
  const growing = redactor(['first-canary']);
  growing.learn(['second-canary']);
  assert.equal(growing.text('first-canary second-canary'), '[secret] [secret]');
});

test('[V14] a key named like a secret hides its value at any depth, case and hyphenation', () => {
  const names = ['apiKey', 'API_KEY', 'x-api-key', 'Authorization', 'client_secret', 'accessToken'];
  for (const name of [...names, 'set-cookie', 'dbPassword', 'TWILIO_AUTH_TOKEN', 'credentials']) {
    const nested = { outer: [{ inner: { [name]: { deep: 'canary' } } }, { [name]: 'canary' }] };
    assert.doesNotMatch(JSON.stringify(redact.fields(nested)), /canary/, name);
  }
});

test('[V14] counts of tokens and claims about secrets stay readable', () => {
  const fields = {
    inputTokens: 12,
    output_tokens: 3,
    hasApiKey: true,
    cachedTokens: 0,
    token: null,
  };
  assert.deepEqual(redact.fields(fields), fields);
});

test('[V14] keys of vendors and bearer tokens are hidden though nobody registered them', () => {
  const texts = [
    'Incorrect API key provided: sk-proj-abc***canary',
    'authorization: Bearer canary.of-a.token',
    'wss://user:canary@model.test/v1',
    'ek_canary0123456789',
    'eyJhbGciOiJIUzI1NiJ9.canary.canary',
  ];
  for (const text of texts) assert.doesNotMatch(redact.text(text), /canary/, text);
});

test('[V14] keys give secrets and digits away in JSON that is a text, too', () => {
  const args = JSON.stringify({ account_password: 'canary', digits: '7331', dish: 'soup' });
  for (const text of [args, JSON.stringify({ args })]) {
    assert.doesNotMatch(redact.text(text), /canary|7331/);
    assert.match(redact.text(text), /soup/);
  }
});

test('[V14] errors keep their facts and lose secrets in message, stack and cause', () => {
  const cause = new Error(`connect with ${secret}`);
  const error = Object.assign(new Error(`refused ${secret}`, { cause }), { code: 'REFUSED' });
  const { error: clean } = redact.fields({ error });
  assert.doesNotMatch(JSON.stringify(clean), /canary/);
  assert.partialDeepStrictEqual(clean, {
    code: 'REFUSED',
    message: 'refused [secret]',
    cause: { message: 'connect with [secret]' },
  });
});

test('[V14] [V20] digits that callers press show as a star', () => {
  const fields = { digit: '7', digits: '1234', dtmf: ['1', '2'], nested: { DTMF: 5 }, pin: 4711 };
  const stars = { digit: '*', digits: '*', dtmf: '*', nested: { DTMF: '*' }, pin: '*' };
  assert.deepEqual(redact.fields(fields), stars);
});

test('[V14] audio is named by its size, whatever holds it', () => {
  const bytes = Buffer.alloc(320, 0x55);
  const base64 = bytes.toString('base64');
  assert.deepEqual(
    redact.fields({
      frame: bytes,
      ring: new Int16Array(160),
      raw: bytes.buffer.slice(0, 320),
      message: `{"type":"input_audio_buffer.append","audio":"${base64}"}`,
      event: { type: 'response.output_audio.delta', delta: 'AAAA' },
      text: { type: 'response.output_text.delta', delta: 'AAAA' },
      audio: 'AAAA',
    }),
    {
      frame: '[audio 320 bytes]',
      ring: '[audio 320 bytes]',
      raw: '[audio 320 bytes]',
      message: '{"type":"input_audio_buffer.append","audio":"[audio 321 bytes]"}',
      event: { type: 'response.output_audio.delta', delta: '[audio 3 bytes]' },
      text: { type: 'response.output_text.delta', delta: 'AAAA' },
      audio: '[audio 3 bytes]',
    },
  );
});

test('[V14] phone numbers keep their last two digits', () => {
  assert.deepEqual(redact.fields({ callerNumber: '+356 2123 4567', from: 'sip +35621234567' }), {
    callerNumber: '+*** **** **67',
    from: 'sip +*********67',
  });
  assert.equal(redact.secretsOnly('+35621234567'), '+35621234567');
});

test('circles, wide trees and long texts end', () => {
  const circle: Record<string, unknown> = { text: 'word '.repeat(10_000) };
  for (let index = 0; index < 200; index += 1) circle[`self${index}`] = circle;
  const line = JSON.stringify(redact.fields({ circle, wide: new Array(500).fill(1) }));
  assert.ok(line.length < 10_000_000);
  assert.match(line, /\[more\]/);
});

test('[V14] a secret never survives, wherever it stands', () => {
  const around = fc.string({ maxLength: 30 });
  fc.assert(
    fc.property(around, around, fc.jsonValue(), (before, after, other) => {
      const fields = { [`${before}x`]: [{ other, note: `${before}${secret}${after}` }] };
      assert.ok(!JSON.stringify(redact.fields(fields)).includes('7f\\"x'));
    }),
  );
});
