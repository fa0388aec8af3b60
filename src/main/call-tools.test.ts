import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { builtInToolNames } from '../config/call-tools-checks.ts';
import { loaded } from '../config/testing/written-files.ts';
import { noDatabase } from '../store/no-database.ts';
import { asteriskTools } from './asterisk-control.ts';
import { callTools, optionalToolNames } from './call-tools.ts';

const everything = `
directory: { bar: { to: "goto:from-internal,200,1" } }
voicemail: { destination: bar }
mail: { host: smtp.example.org, from: a@example.org, operator_address: b@example.org }
asterisk:
  ari: { url: "http://127.0.0.1:8088/ari", user: u, password: p, endpoints: { bar: PJSIP/bar } }
`;

function namesOf(main: string): readonly string[] {
  const { config } = loaded({ main });
  const record = { entries: () => Readable.from([]) };
  const control = () => assert.fail('no call is transferred');
  const tools = [
    ...callTools(() => config, { database: noDatabase(), record }),
    ...asteriskTools(config, control),
  ];
  return tools.map(({ name }) => name);
}

test('[V19] the operator can take no name of any tool that Offhook brings', () => {
  assert.deepEqual(namesOf(everything).toSorted(), builtInToolNames.toSorted());
});

test('tools that need settings are not there without them', () => {
  const always = namesOf('');
  const sometimes = builtInToolNames.filter((name) => !always.includes(name));
  assert.deepEqual(sometimes.toSorted(), optionalToolNames.toSorted());
});

test('a tool of the operator comes by its own name', () => {
  const tool = '{ kind: sql, description: Counts., statement: select 1 }';
  assert.ok(namesOf(`own_tools: { count_rooms: ${tool} }`).includes('count_rooms'));
});
