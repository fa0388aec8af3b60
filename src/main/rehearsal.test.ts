import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../sim/virtual-clock.ts';
import { mulaw8k } from '../audio/format.ts';
import type { ProviderCommand, ProviderEvent, ProviderSetup } from '../providers/provider.ts';
import type { CallPlan } from '../session/sessions.ts';
import { settled } from '../speech/testing/fake-threads.ts';
import { rehearse } from './rehearsal.ts';

/** Answers what it is asked for, or nothing at all. */
function engine({ isMute = false } = {}) {
  const links: { setup: ProviderSetup; commands: ProviderCommand[]; isClosed: boolean }[] = [];
  const plan: Parameters<typeof rehearse>[0] = {
    provider: {
      name: 'local',
      model: 'm',
      capabilities: {} as CallPlan['provider']['capabilities'],
      negotiate: () => ({ callerFormat: mulaw8k, agentFormat: mulaw8k }),
      readiness: () => ({ isReady: true }),
      open(setup, onEvent) {
        const link = { setup, commands: [] as ProviderCommand[], isClosed: false };
        links.push(link);
        const say = (event: ProviderEvent) => void Promise.resolve().then(() => onEvent(event));
        if (!isMute) say({ type: 'ready', providerSessionId: 'sess_1' });
        return {
          send(command) {
            link.commands.push(command);
            if (command.type !== 'reply-start') return;
            const ended = { outcome: 'completed', reason: null, error: null, usage: null } as const;
            say({ type: 'reply-end', replyId: 'resp_1', ...ended });
          },
          close() {
            link.isClosed = true;
            say({ type: 'ended', error: null });
          },
        };
      },
    },
    persona: {
      ...{ key: 'waiter', instructions: 'Serve.', greeting: 'Good "day".', voice: null },
      ...{ language: null, tools: [], minTrust: 'anonymous' },
    },
    turnDetection: {
      ...{ kind: 'server_vad', threshold: 0.5, prefixPaddingMs: 300, silenceMs: 500 },
      ...{ eagerness: 'auto', authority: 'gateway' },
    },
  };
  return { links, plan };
}

const { signal: staying } = new AbortController();

test('an engine greets and answers as in a call, on links that are closed', async () => {
  const { links, plan } = engine();
  await rehearse(plan, new VirtualClock(), staying);
  assert.equal(links.length, 3);
  for (const { setup, commands, isClosed } of links) {
    assert.equal(setup.persona.key, 'waiter');
    const kinds = [...new Set(commands.map(({ type }) => type))];
    assert.deepEqual(kinds, ['caller-audio', 'reply-start', 'caller-text']);
    const greets = commands.find(({ type }) => type === 'reply-start');
    assert.ok(greets?.type === 'reply-start' && greets.instructions?.endsWith('"Good \\"day\\"."'));
    assert.ok(isClosed);
  }
});

test('an engine that does not answer is not waited for', async () => {
  const { links, plan } = engine({ isMute: true });
  const clock = new VirtualClock();
  let isOver = false;
  void rehearse(plan, clock, staying).then(() => {
    isOver = true;
  });
  for (let round = 0; round < 3; round += 1) {
    await settled();
    clock.advance(5_000);
  }
  await settled();
  assert.ok(isOver && links.every(({ isClosed }) => isClosed));
});

test('a gateway that closes rehearses no more', async () => {
  const { links, plan } = engine({ isMute: true });
  const clock = new VirtualClock();
  const closing = new AbortController();
  const rehearsed = rehearse(plan, clock, closing.signal);
  closing.abort();
  await rehearsed;
  assert.deepEqual(
    links.map(({ isClosed }) => isClosed),
    [true],
  );
  assert.equal(clock.pendingCount, 0);
});
