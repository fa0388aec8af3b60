import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { alaw8k, mulaw8k, pcm } from '../../audio/format.ts';
import type { Metrics } from '../../observe/observe.ts';
import { silentLog } from '../../observe/testing/silent.ts';
import type { MessageSocketEvents } from '../../runtime/message-socket.ts';
import type { Provider } from '../provider.ts';
import { openaiRealtimeProvider } from './openai-realtime-provider.ts';
import type { OpenaiRealtimeOptions } from './options.ts';
import { plainOptions } from './testing/plain-options.ts';
import { plainSetup } from './testing/plain-setup.ts';

const options = plainOptions;

const silent = () => undefined;

interface Rig {
  readonly provider: Provider;
  readonly clock: VirtualClock;
  readonly gauge: number[];
  /** Opens a link and gives its far end. */
  open(): MessageSocketEvents;
}

function rig(changes: Partial<OpenaiRealtimeOptions> = {}): Rig {
  const clock = new VirtualClock();
  const gauge: number[] = [];
  const metrics: Metrics = {
    count: silent,
    set: (name, _labels, value) => {
      if (name === 'offhook_provider_ready') gauge.push(value);
    },
    add: silent,
    observe: silent,
  };
  let far: MessageSocketEvents | undefined;
  const provider = openaiRealtimeProvider(
    { ...options, ...changes },
    {
      clock,
      log: silentLog,
      metrics,
      connect: (_target, events) => {
        far = events;
        return { bufferedBytes: 0, send: silent, ping: (onPong) => onPong(), close: silent };
      },
    },
  );
  const open = () => {
    provider.open(plainSetup, silent);
    assert.ok(far !== undefined);
    return far;
  };
  return { provider, clock, gauge, open };
}

test('[V7] the wire is the one configured, and auto passes G.711 through untouched', () => {
  const wideband = pcm(24000);
  const cases = [
    ['auto', mulaw8k, mulaw8k],
    ['auto', alaw8k, alaw8k],
    ['auto', pcm(8000), wideband],
    ['auto', null, wideband],
    ['pcm24', mulaw8k, wideband],
    ['pcmu', pcm(16000), mulaw8k],
    ['pcma', mulaw8k, alaw8k],
  ] as const;
  for (const [wire, leg, expected] of cases) {
    const { provider } = rig({ wire });
    const formats = provider.negotiate({ callerFormat: leg, agentFormat: leg });
    assert.deepEqual(formats, { callerFormat: expected, agentFormat: expected });
  }
});

test('[V6] without a key the provider is not ready, unless it needs none', () => {
  const readiness = rig({ apiKey: null }).provider.readiness();
  assert.ok(!readiness.isReady);
  assert.equal(readiness.error.code, 'PROVIDER_NOT_READY');
  assert.ok(rig({ apiKey: null, needsApiKey: false }).provider.readiness().isReady);
});

test('[V6] a provider that refuses three links in a row gets no calls for a while', () => {
  const { provider, clock, open, gauge } = rig();
  const refuse = (httpStatus: number) => {
    open().onClose({ code: 1006, reason: '', httpStatus });
    clock.advance(0);
  };
  for (const httpStatus of [401, 503, 429, 401]) refuse(httpStatus);
  assert.ok(provider.readiness().isReady, 'two refusals, and two failures that may pass');
  refuse(401);
  const readiness = provider.readiness();
  assert.ok(!readiness.isReady);
  assert.match(readiness.error.message, /HTTP 401/);
  assert.equal(gauge.at(-1), 0);
  clock.advance(60_000);
  assert.ok(provider.readiness().isReady, 'one more try');
  refuse(401);
  assert.ok(!provider.readiness().isReady);
  const far = open();
  far.onOpen();
  const said = (type: string) => JSON.stringify({ type, event_id: 'e', session: {} });
  for (const type of ['session.created', 'session.updated']) far.onMessage(Buffer.from(said(type)));
  assert.ok(provider.readiness().isReady);
  assert.equal(gauge.at(-1), 1);
});
