// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax of our files
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { expandText } from './expand.ts';
import { complaints, loaded } from './testing/written-files.ts';

const text = (template: string, environment: Record<string, string> = {}): string =>
  expandText(template, environment).text;

test('a variable stands for its value, alone, in the middle of a text and twice', () => {
  assert.equal(text('${A}', { A: 'x' }), 'x');
  assert.equal(text('wss://${HOST}/v1/${PATH_1}', { HOST: 'h', PATH_1: 'p' }), 'wss://h/v1/p');
  assert.equal(text('${A}${A}', { A: 'x' }), 'xx');
});

test('a default is for a variable that is unset or empty, and may hold variables itself', () => {
  assert.equal(text('${A:-x}'), 'x');
  assert.equal(text('${A:-x}', { A: '' }), 'x');
  assert.equal(text('${A:-x}', { A: 'y' }), 'y');
  assert.equal(text('${A:-}'), '');
  assert.equal(text('${A:=2.0}'), '2.0');
  assert.equal(text('${A:-${B:-c}}'), 'c');
  assert.equal(text('${A:-${B}-${B}}', { B: 'b' }), 'b-b');
  assert.equal(text('${A:-${B}}', { A: 'a' }), 'a', 'B is not asked for');
});

test('two dollars before a brace are one that stays, and other dollars stay as they are', () => {
  assert.equal(text('$${A}', { A: 'x' }), '${A}');
  assert.equal(text('$${A} ${A}', { A: 'x' }), '${A} x');
  assert.equal(text('costs $5, $$ and $A, 100 %', { A: 'x' }), 'costs $5, $$ and $A, 100 %');
  assert.equal(text('}{'), '}{');
});

test('a variable that is not set and has no default is refused by its name', () => {
  const code = { code: 'CONFIG_INVALID', message: /environment variable NOT_SET is not set/ };
  assert.throws(() => text('${NOT_SET}'), code);
  assert.throws(() => text('${A:-${NOT_SET}}'), code);
  assert.throws(() => text('${toString}'), { message: /toString is not set/ });
});

test('what begins like a variable and is none is refused', () => {
  for (const broken of ['${', '${}', '${A', '${1A}', '${A:?x}', '${A-x}', '${A:-x', '${A B}']) {
    assert.throws(() => text(broken, { A: 'a' }), /is not of the form/, broken);
  }
});

test('what a variable holds is text: it is neither expanded again nor read as YAML', () => {
  const attacks = [
    '${SECRET}',
    'x\ndefault_provider: openai_realtime',
    '"}, api: {host: 0.0.0.0}, x: {"',
    '*anchor',
    '!!js/function x',
    '# comment',
  ];
  for (const attack of attacks) {
    const { config } = loaded({
      main: 'personas:\n  assistant:\n    greeting: "Hello ${NAME}!"\n',
      environment: { NAME: attack, SECRET: 'canary' },
    });
    const { assistant } = config.personas;
    assert.equal(assistant?.greeting, `Hello ${attack}!`);
    assert.equal(config.default_provider, 'local');
    assert.equal(config.api.host, '127.0.0.1');
  }
});

test('any text without a dollar passes unchanged, and any value arrives as it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (around, value) => {
      const plain = around.replaceAll('$', '');
      assert.equal(text(plain), plain);
      assert.equal(text(`${plain}\${V}${plain}`, { V: value }), plain + value + plain);
    }),
  );
});

test('a value from a variable becomes what its key wants: a number, yes or no, a text', () => {
  const { config } = loaded({
    main: [
      'audiosocket: { port: "${ASTERISK_PORT}", require_registered: "${REGISTERED:-true}" }',
      'vad: { confidence_threshold: "${CONFIDENCE}" }',
      'personas: { assistant: { greeting: "${PIN_WORD}" } }',
    ].join('\n'),
    environment: { ASTERISK_PORT: '9100', CONFIDENCE: '0.75', PIN_WORD: '007' },
  });
  assert.equal(config.audiosocket.port, 9100);
  assert.equal(config.audiosocket.require_registered, true);
  assert.equal(config.vad.confidence_threshold, 0.75);
  const { assistant } = config.personas;
  assert.equal(assistant?.greeting, '007');
});

test('a quoted number in the file stays a text and is refused where a number is wanted', () => {
  assert.deepEqual(complaints({ main: 'api:\n  port: "8787"\n' }), [
    'CONFIG_INVALID ai-agent.yaml:2:9: api.port must be a whole number, not "8787"',
  ]);
});

test('a value that becomes empty counts as not written', () => {
  const { config } = loaded({
    main: 'api: { port: "${P:-}" }\naudiosocket: { allow: ["${A:-}", "192.0.2.7"] }\n',
  });
  assert.equal(config.api.port, 8787);
  assert.deepEqual(config.audiosocket.allow, ['192.0.2.7']);
});

test('[V6] a missing variable is told with its name and the line', () => {
  const main = 'default_provider: local\nproviders:\n  openai_realtime:\n    voice: ${VOICE}\n';
  assert.deepEqual(complaints({ main }), [
    'CONFIG_INVALID ai-agent.yaml:4:12: environment variable VOICE is not set: set it, or write ' +
      '${VOICE:-default}',
  ]);
});
