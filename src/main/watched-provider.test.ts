import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import type { Provider, ProviderEvent, ProviderSetup } from '../providers/provider.ts';
import { GatewayError } from '../runtime/errors.ts';
import { WatchedProvider } from './watched-provider.ts';

const unreachable = new GatewayError('PROVIDER_UNREACHABLE', 'refused');

function world() {
  const clock = new VirtualClock();
  const events: ((event: ProviderEvent) => void)[] = [];
  const far = { isThere: true, probes: 0 };
  const provider = {
    name: 'openai_realtime',
    readiness: () => ({ isReady: true }),
    open(_setup, onEvent) {
      events.push(onEvent);
      return { send: () => undefined, close: () => undefined };
    },
  } as Partial<Provider> as Provider;
  const watched = new WatchedProvider(provider, {
    clock,
    async probe() {
      far.probes += 1;
      if (!far.isThere) throw new Error('ECONNREFUSED');
    },
  });
  const open = () => {
    watched.provider.open({} as ProviderSetup, () => undefined);
    return events.at(-1)!;
  };
  return { clock, far, open, watched };
}

test('[A3] a provider that nobody has called yet is tried, however many ask once', async () => {
  const { clock, far, watched } = world();
  far.isThere = false;
  const asked = [watched.refusal(), watched.refusal(), watched.refusal()];
  for (const refusal of await Promise.all(asked)) {
    assert.equal(refusal?.code, 'PROVIDER_UNREACHABLE');
  }
  assert.equal(far.probes, 1);
  far.isThere = true;
  clock.advance(5_000);
  assert.equal(await watched.refusal(), null);
});

test('[A3] a link that could not be had counts for a while, or until one can', async () => {
  const { clock, open, watched } = world();
  open()({ type: 'ended', error: unreachable });
  assert.equal(await watched.refusal(), unreachable);
  open()({ type: 'ready', providerSessionId: 'far' });
  assert.equal(await watched.refusal(), null);
  open()({ type: 'ended', error: unreachable });
  clock.advance(30_000);
  assert.equal(await watched.refusal(), null);
});

test('[A3] a link that breaks after it was ready says nothing of the next', async () => {
  const { open, watched } = world();
  const event = open();
  event({ type: 'ready', providerSessionId: 'far' });
  event({ type: 'ended', error: unreachable });
  assert.equal(await watched.refusal(), null);
});
