import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../runtime/errors.ts';
import { announcementOfForm, callAnnouncement, encodeNextStep, parseNextStep } from './wire.ts';

const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';

test('[V1] a call is announced by JSON or by a form, and both say the same', () => {
  const json = {
    uuid: uuid.toUpperCase(),
    callerNumber: '+35621000000',
    dialledNumber: '600',
    persona: 'waiter',
    variables: { table: '4', guest_name: 'A, "B" & C' },
  };
  const form =
    `uuid=${uuid}&callerNumber=%2B35621000000&dialledNumber=600&persona=waiter` +
    '&variables[table]=4&var_guest_name=A%2C+%22B%22+%26+C';
  const expected = { ...json, uuid };
  assert.deepEqual(callAnnouncement.parse(json), expected);
  assert.deepEqual(callAnnouncement.parse(announcementOfForm(form)), expected);
});

test('an empty text is a field left out: an anonymous caller has no number', () => {
  assert.deepEqual(callAnnouncement.parse({ uuid, callerNumber: '', persona: '' }), {
    uuid,
    variables: {},
  });
});

test('bad UUIDs, unknown fields and variables beyond the limits are refused', () => {
  const tooMany = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`v${index}`, '']));
  for (const body of [
    null,
    [],
    'uuid',
    {},
    { uuid: '40325ec2' },
    { uuid, persona: 'a b' },
    { uuid, callNumber: '1' },
    { uuid, variables: { 'no spaces': '' } },
    { uuid, variables: { long: 'x'.repeat(1001) } },
    { uuid, variables: tooMany },
  ]) {
    assert.equal(callAnnouncement.safeParse(body).success, false, JSON.stringify(body));
  }
});

test('what is wrong with an announcement is told with what would be right', () => {
  const told = (body: object) =>
    callAnnouncement
      .safeParse(body)
      .error?.issues.map(({ message }) => message)
      .join();
  assert.match(told({ uuid: '40325ec2' }) ?? '', /a UUID, such as/);
  assert.match(told({ uuid, persona: 'a b' }) ?? '', /letters, digits, _ and -/);
  assert.match(told({ uuid, variables: { 'a b': '' } }) ?? '', /letters, digits, _ and -.*64/);
});

test('[V1] a next step is the plain text that the dialplan takes apart', () => {
  for (const text of ['hangup', 'goto:support,s,1', 'goto:ivr,_600,start', 'dial:front-desk']) {
    assert.equal(encodeNextStep(parseNextStep(text)), text);
  }
});

test('[V19] nothing that the dialplan would evaluate or dial gets into a next step', () => {
  for (const text of [
    '',
    'dial:',
    'dial:+35621000000',
    'dial:PJSIP/100',
    'dial:a&SIP/b',
    'goto:a,b',
    'goto:a,b,1,2',
    'goto:$[1],s,1',
    'goto:a,s,1)',
    'goto:a,s,1\nx',
    'hangup\n',
  ]) {
    assert.throws(
      () => parseNextStep(text),
      (error) => error instanceof GatewayError && error.code === 'CONFIG_INVALID',
      JSON.stringify(text),
    );
  }
});
