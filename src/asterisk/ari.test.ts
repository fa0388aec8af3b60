import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { systemClock } from '../runtime/clock.ts';
import { GatewayError } from '../runtime/errors.ts';
import { defaultWebSocketLimits, webSocketConnector } from '../runtime/web-socket.ts';
import { AriClient } from './ari.ts';
import type { AriEvent } from './ari-wire.ts';
import { FakeAri } from './testing/fake-ari.ts';

const account = { user: 'offhook', password: 'secret', app: 'offhook' };

async function connect(t: TestContext, options: { password?: string; requestMsMax?: number } = {}) {
  const clock = systemClock();
  const fake = await FakeAri.start({ ...account, clock });
  const log = recordingLog();
  const metrics = recordingMetrics();
  const news = new EventEmitter();
  const client = new AriClient(
    { clock, log, metrics, fetch, connect: webSocketConnector(defaultWebSocketLimits) },
    { ...account, requestMsMax: 2_000, ...options, url: fake.url },
  );
  client.open({
    onEvent: (event) => news.emit(event.type, event),
    onChannels: (ids) => news.emit('channels', ids),
  });
  t.after(async () => {
    client.close();
    await fake.close();
  });
  return { fake, client, log, metrics, news };
}

const withStatus = (status: number) => (error: unknown) =>
  error instanceof GatewayError &&
  error.code === 'ARI_REFUSED' &&
  error.details['status'] === status;

test('[V11] a channel that comes into our application is an event', async (t) => {
  const { fake, news } = await connect(t);
  await fake.connected();
  const started = once(news, 'StasisStart');
  const phone = fake.board.callIn(['40325ec2-5efd-4bd3-805f-53576e581d13'], '+250788000001');
  const [event] = (await started) as [Extract<AriEvent, { type: 'StasisStart' }>];
  assert.equal(event.channel.id, phone.id);
  assert.equal(event.channel.caller.number, '+250788000001');
  assert.deepEqual(event.args, ['40325ec2-5efd-4bd3-805f-53576e581d13']);
});

test('what Asterisk refuses is an error with its status and its words', async (t) => {
  const { fake, client } = await connect(t);
  await fake.connected();
  await assert.rejects(client.hangUp('nobody'), withStatus(404));
  await assert.rejects(client.hangUp('nobody'), /Channel not found/);
  await client.openBridge('one');
  await assert.rejects(client.openBridge('one'), withStatus(409));
  fake.board.add('ringing', 'PJSIP/ringing');
  await assert.rejects(client.startMusic('ringing'), withStatus(409));
  await assert.rejects(client.addToBridge('one', ['ringing']), withStatus(422));
  await assert.rejects(client.addToBridge('none', ['ringing']), withStatus(404));
});

test('a wrong password is a refusal, and no events come', async (t) => {
  const { client, log } = await connect(t, { password: 'wrong' });
  await assert.rejects(client.hangUp('nobody'), withStatus(401));
  assert.equal(client.isConnected, false);
  assert.ok(log.lines.every(({ fields }) => !JSON.stringify(fields).includes('wrong')));
});

test('a request that is not answered is given up in time', async (t) => {
  const { fake, client, metrics } = await connect(t, { requestMsMax: 50 });
  fake.faults.push({ on: 'DELETE /channels', fault: 'hangs' });
  await assert.rejects(client.hangUp('x'), /no answer within 50 ms/);
  assert.equal(metrics.values.get('offhook_ari_requests_total/unreachable'), 1);
});

test('an answer that is no JSON is a refusal all the same', async (t) => {
  const { fake, client } = await connect(t);
  fake.faults.push({ on: 'DELETE', fault: { status: 503, body: '<html>' } });
  await assert.rejects(client.hangUp('x'), /503 no reason given/);
});

test('events that are unknown or malformed are counted and passed over', async (t) => {
  const { fake, news, metrics } = await connect(t);
  await fake.connected();
  fake.send({ type: 'BridgeMerged', bridge: {} });
  fake.send({ type: 'StasisStart', args: 'no list' });
  fake.send('no JSON');
  const started = once(news, 'StasisStart');
  fake.board.callIn([]);
  await started;
  assert.equal(metrics.values.get('offhook_ari_events_total/unknown'), 1);
  assert.equal(metrics.values.get('offhook_ari_events_total/malformed'), 2);
  assert.equal(metrics.values.get('offhook_ari_events_total/known'), 1);
});

test('a lost event socket is opened again, and what was missed is told', async (t) => {
  const { fake, news, metrics } = await connect(t);
  await fake.connected();
  const phone = fake.board.callIn([]);
  const told = once(news, 'channels');
  fake.dropEvents();
  const [ids] = (await told) as [ReadonlySet<string>];
  assert.deepEqual([...ids], [phone.id]);
  assert.equal(metrics.values.get('offhook_ari_lost_total'), 1);
});
