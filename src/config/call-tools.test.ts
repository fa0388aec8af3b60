// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is the syntax of our files
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, secretsIn } from './explain.ts';
import { complaints, loaded } from './testing/written-files.ts';

/** Lines of `own_tools` with one tool, `ask`, from line 3 on. */
const declared = (...lines: readonly string[]) =>
  ['own_tools:', '  ask:', ...lines.map((line) => `    ${line}`)].join('\n');
const http = ['kind: http', 'description: Asks.'];
const sql = ['kind: sql', 'description: Asks.'];
const oneProblem = (main: string) => {
  const found = complaints({ main });
  assert.equal(found.length, 1, found.join('\n'));
  return found[0] ?? '';
};

test('[V6] parameters that are no JSON Schema are refused at their line', () => {
  for (const parameters of [
    '{ type: objct }',
    '{ type: string }',
    '{ type: object, properties: { id: { type: text } } }',
    '{ type: object, properties: { ids: { type: array, items: { type: string } } } }',
    '{ type: object, properties: { id: { $ref: "https://example.org/id" } } }',
  ]) {
    const url = 'url: https://example.org/';
    const problem = oneProblem(declared(...http, url, `parameters: ${parameters}`));
    assert.match(problem, /^CONFIG_INVALID ai-agent\.yaml:6:\d+: own_tools\.ask\.parameters/);
    assert.match(problem, /JSON Schema/);
  }
});

test('[V6] a tool that asks for what its parameters lack is refused', () => {
  const parameters = 'parameters: { type: object, properties: { id: { type: string } } }';
  for (const lines of [
    [...http, 'url: "https://example.org/{ids}"', parameters],
    [...http, 'url: "https://example.org/{id}"', parameters, 'body: [ids]'],
    [...sql, 'statement: "select \':no\', :id::text, :ids"', parameters],
  ]) {
    const problem = oneProblem(declared(...lines));
    assert.match(problem, /^CONFIG_INVALID ai-agent\.yaml:6:.*\.parameters lacks .*: ids$/);
  }
  const right = [...http, 'url: "https://example.org/{id}?like={id}"', parameters, 'body: [id]'];
  assert.deepEqual(complaints({ main: declared(...right) }), []);
});

test('[V19] a tool of the name of a built-in one is refused', () => {
  for (const name of ['hangup_call', 'transfer_call', 'request_transcript', 'handoff']) {
    const main = `own_tools: { ${name}: { kind: sql, description: Asks., statement: select 1 } }`;
    assert.match(oneProblem(main), new RegExp(`own_tools\\.${name} is the name of a built-in`));
  }
});

test('[V19] tools lead to the hosts that the operator allows, and to no other', () => {
  const main = (url: string, hosts: string) =>
    [declared(...http, `url: ${url}`), `http_tools: { allowed_hosts: ${hosts} }`].join('\n');
  const allowed = '[Stock.example.org, "192.0.2.1"]';
  for (const url of [
    'https://stock.example.org/a',
    'https://STOCK.example.org:8443?a=b',
    'https://192.0.2.1/',
  ]) {
    assert.deepEqual(complaints({ main: main(url, allowed) }), []);
  }
  for (const url of [
    'https://example.org/stock.example.org',
    'https://stock.example.org.example.net/',
    'https://0xc0000202/',
  ]) {
    assert.match(
      oneProblem(main(url, allowed)),
      /5:10: own_tools\.ask\.url leads to .*allowed_hosts/,
    );
  }
  assert.match(oneProblem(main('https://example.org/', '[]')), /leads to example\.org/);
});

test('voice mail without its key and mail without its addresses are refused', () => {
  const voicemail = oneProblem('directory: { bar: hangup }\nvoicemail: { destination: bra }');
  assert.match(voicemail, /:2:\d+: voicemail\.destination names no key of directory: bra/);
  for (const more of ['', ', from: a@example.org', ', operator_address: a@example.org']) {
    const mail = oneProblem(`mail: { host: smtp.example.org${more} }`);
    assert.match(mail, /mail\.host needs mail\.from and mail\.operator_address/);
  }
});

test('[V14] nobody is shown the headers of a tool, nor the password of the mail server', () => {
  const canary = 'canary-4711';
  const written = loaded({
    main: [
      declared(...http, 'url: https://example.org/', `headers: { x-key: ${canary}-one }`),
      'mail: { password: "${PASSWORD}" }',
    ].join('\n'),
    environment: { PASSWORD: `${canary}-two` },
  });
  const shown = new Map(explain(written).map((row) => [row.key, row.shown]));
  assert.equal(shown.get('own_tools.ask.headers.x-key'), '"***"');
  assert.equal(shown.get('mail.password'), '"***"');
  assert.ok([...shown.values()].every((each) => !each.includes(canary)));
  assert.deepEqual(secretsIn(written).toSorted(), [`${canary}-one`, `${canary}-two`]);
});
