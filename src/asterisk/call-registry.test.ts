import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { seededRandom } from '../runtime/random.ts';
import { CallRegistry } from './call-registry.ts';
import { parseNextStep } from './wire.ts';

const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';

function registry() {
  const clock = new VirtualClock();
  const log = recordingLog();
  const metrics = recordingMetrics();
  const destinations = new Map([
    ['sales', parseNextStep('dial:sales')],
    ['support', parseNextStep('goto:support,s,1')],
  ]);
  return { clock, log, metrics, calls: new CallRegistry({ clock, log, metrics, destinations }) };
}

test('[V1] an announced call is known when it comes, once', () => {
  const { clock, calls } = registry();
  calls.announce({ uuid, callerNumber: '+356', persona: 'cfo', variables: { table: '4' } });
  clock.advance(29_999);
  assert.deepEqual(calls.claim(uuid), {
    callId: uuid,
    callerNumber: '+356',
    persona: 'cfo',
    variables: { table: '4' },
  });
  assert.equal(calls.claim(uuid), null);
  assert.throws(() => calls.announce({ uuid, variables: {} }), { code: 'CONFLICT' });
});

test('[V1] an announcement is good for 30 s, and a repeated one replaces it', () => {
  const { clock, calls } = registry();
  calls.announce({ uuid, variables: {} });
  clock.advance(30_000);
  assert.equal(calls.claim(uuid), null);
  calls.announce({ uuid, persona: 'cfo', variables: {} });
  clock.advance(20_000);
  calls.announce({ uuid, persona: 'waiter', variables: {} });
  clock.advance(20_000);
  assert.equal(calls.claim(uuid)?.persona, 'waiter');
});

test('[V1] the dialplan is told hangup, goto or dial, until 10 minutes after the call', () => {
  const { clock, calls } = registry();
  assert.equal(calls.next(uuid), 'hangup');
  calls.announce({ uuid, variables: {} });
  assert.equal(calls.next(uuid), 'hangup');
  calls.claim(uuid);
  calls.transfer(uuid, 'sales');
  clock.advance(3_600_000);
  calls.transfer(uuid, 'support');
  calls.release(uuid);
  calls.release(uuid);
  clock.advance(599_999);
  assert.equal(calls.next(uuid.toUpperCase()), 'goto:support,s,1');
  clock.advance(1);
  assert.equal(calls.next(uuid), 'hangup');
});

test('[V1] a call that was not announced can be handed on too', () => {
  const { clock, calls } = registry();
  assert.equal(calls.claim(uuid), null);
  calls.transfer(uuid, 'sales');
  calls.release(uuid);
  assert.equal(calls.next(uuid), 'dial:sales');
  clock.advance(600_000);
  assert.equal(calls.next(uuid), 'hangup');
});

test('[V19] a destination that is not in the directory is never handed to the dialplan', () => {
  const { calls, log } = registry();
  calls.announce({ uuid, variables: {} });
  calls.claim(uuid);
  calls.transfer(uuid, '+35621000000');
  assert.equal(calls.next(uuid), 'hangup');
  assert.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [['error', 'transfer to no destination']],
  );
});

test('10,000 calls are known at most: more are refused and counted until old ones are over', () => {
  const { clock, calls, metrics } = registry();
  const random = seededRandom(1);
  for (let index = 0; index < 10_000; index += 1) {
    calls.announce({ uuid: random.uuid(), variables: {} });
  }
  assert.throws(() => calls.announce({ uuid, variables: {} }), { code: 'CALLS_AT_LIMIT' });
  calls.transfer(uuid, 'sales');
  assert.equal(calls.next(uuid), 'hangup');
  assert.equal(metrics.values.get('offhook_limits_total/asterisk-calls'), 2);
  clock.advance(30_000);
  calls.announce({ uuid, variables: {} });
  assert.equal(calls.claim(uuid)?.callId, uuid);
});
