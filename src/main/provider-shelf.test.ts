import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { loadConfig } from '../config/load.ts';
import { demoScript } from '../realtime-server/script.ts';
import { scriptBrain } from '../realtime-server/script-brain.ts';
import { GatewayError } from '../runtime/errors.ts';
import { seededRandom } from '../runtime/random.ts';
import { ProviderShelf } from './provider-shelf.ts';

test('[V5] local is ready as long as its engine is, and a script needs none', () => {
  const loaded = loadConfig({
    path: '',
    isRequired: false,
    readFile: () => ({ is: 'absent' }),
    environment: {},
  });
  assert.ok(loaded.isValid);
  const { config } = loaded;
  const metrics = recordingMetrics();
  let refusal: GatewayError | null = null;
  const engine = {
    brain: scriptBrain(demoScript),
    get refusal() {
      return refusal;
    },
    warm: async () => undefined,
    close: async () => undefined,
  };
  const shelfWith = (script: typeof demoScript | null) =>
    new ProviderShelf({
      config: () => config,
      script,
      samples: { audio: () => null },
      engine,
      clock: new VirtualClock(),
      random: seededRandom(1),
      log: recordingLog(),
      metrics,
    });
  const local = shelfWith(null).find('local');
  assert.deepEqual(local.readiness(), { isReady: true });
  refusal = new GatewayError('PROVIDER_NOT_READY', 'the threads end');
  assert.deepEqual(local.readiness(), { isReady: false, error: refusal });
  assert.equal(metrics.values.get('offhook_provider_ready/local'), 0);
  assert.deepEqual(shelfWith(demoScript).find('local').readiness(), { isReady: true });
});
