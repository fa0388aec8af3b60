import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { FakeAri } from '../src/asterisk/testing/fake-ari.ts';
import { FakeChannel, type Manner } from '../src/asterisk/testing/fake-switchboard.ts';
import type { EmulatorScriptSource } from '../src/realtime-server/script.ts';
import { systemClock } from '../src/runtime/clock.ts';
import type { JournalEntry } from '../src/store/store.ts';
import { startGateway } from './gateway-process.ts';

const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';
const limits = { timeout: 20_000 };
const account = { user: 'offhook', password: 'ari-password-of-a-test', app: 'offhook' };

const transfer = { destination: 'kitchen', briefing: 'Ada asks for a table for nine.' };
const decide = (accepted: boolean) => [{ name: 'complete_transfer', arguments: { accepted } }];
const tone = { kind: 'tone', hz: 500, ms: 300 } as const;

/** The agent puts the caller through at once, briefs, and hears the answer. */
function scriptOf(answer: 'accepts' | 'declines' | 'waits'): EmulatorScriptSource {
  const calls = answer === 'waits' ? [] : decide(answer === 'accepts');
  return {
    firstDeltaMs: 10,
    speed: 50,
    replies: [
      ...['attended_transfer', 'complete_transfer'].map((afterTool) => ({
        when: { afterTool },
        say: 'Nobody can take your call now.',
        sound: { ...tone, hz: 700 },
      })),
      {
        when: { instructionsSay: 'somebody else' },
        say: 'Ada asks for a table for nine. Do you take the call?',
        sound: { ...tone, hz: 900 },
        calls,
      },
      {
        say: 'One moment, I will put you through.',
        sound: tone,
        calls: [{ name: 'attended_transfer', arguments: transfer }],
      },
    ],
  };
}

async function setUp(t: TestContext, answer: Parameters<typeof scriptOf>[0], manner: Manner) {
  const ari = await FakeAri.start({ ...account, clock: systemClock() });
  t.after(() => ari.close());
  ari.board.manners.set('PJSIP/kitchen', { manner, afterMs: 20 });
  const { app, ...login } = account;
  const gateway = await startGateway(t, {
    config: {
      audiosocket: { require_registered: true },
      asterisk: {
        ari: {
          ...{ ...login, app, url: ari.url, ring_timeout_s: 1, briefing_max_s: 5 },
          endpoints: { kitchen: 'PJSIP/kitchen' },
        },
      },
      directory: { kitchen: 'dial:kitchen' },
      personas: {
        assistant: {
          instructions: 'Help.',
          greeting: 'Hello.',
          tools: ['hangup_call', 'attended_transfer'],
        },
      },
    },
    script: scriptOf(answer),
  });
  await ari.connected();
  const caller = ari.board.callIn([uuid], '+250788000001');
  return { ari, gateway, caller };
}

/** Sound, not silence. */
const soundsOf = ({ heard }: FakeChannel): number =>
  heard.filter((frame) => frame.some((byte) => byte !== 0)).length;

/** Whoever was called hears the agent. */
async function briefed(ari: FakeAri): Promise<FakeChannel> {
  const phone = () => ari.board.phoneAt('PJSIP/kitchen');
  await ari.settled(() => soundsOf(phone() ?? silence) > 5);
  return phone() ?? silence;
}
const silence = new FakeChannel('nobody', 'nobody', '');

function partiesOf(journal: readonly JournalEntry[]): readonly string[] {
  return journal.flatMap((entry) => (entry.type === 'party' ? entry.party : []));
}

function wordsOf(journal: readonly JournalEntry[]): readonly string[] {
  return journal.flatMap((entry) =>
    entry.type === 'agent-said' ? `${entry.party ?? 'caller'}: ${entry.text}` : [],
  );
}

const resultsOf = (journal: readonly JournalEntry[]) =>
  journal.flatMap((entry) =>
    entry.type === 'tool-result' && entry.name === 'attended_transfer' ? entry.outputJson : [],
  );

suite('attended transfers by a whole gateway', { concurrency: 3 }, () => {
  test('[V11] who is briefed and accepts is joined with the caller', limits, async (t) => {
    const { ari, gateway, caller } = await setUp(t, 'accepts', 'picks-up');
    const { cause } = await gateway.log.line('call ended');
    assert.equal(cause, 'transferred');
    const second = ari.board.phoneAt('PJSIP/kitchen');
    assert.ok(second && caller.bridge !== null && second.bridge === caller.bridge);
    assert.deepEqual([caller.isOnMusic, caller.isContinued], [false, false]);
    // Their phones: each heard the agent, and now they hear each other.
    assert.ok(soundsOf(caller) > 5 && soundsOf(second) > 5);
    const before = soundsOf(second);
    caller.say(new Uint8Array(320).fill(7));
    assert.equal(soundsOf(second), before + 1);
    const journal = await gateway.journal();
    assert.deepEqual(partiesOf(journal), ['nobody', 'second', 'nobody']);
    assert.ok(wordsOf(journal).some((words) => words.startsWith('second: Ada asks')));
    assert.ok(wordsOf(journal).some((words) => words.startsWith('caller: One moment')));
    // Whoever hangs up first: the dialplan goes on with the caller.
    ari.board.hangUp(second);
    await ari.settled(() => caller.isContinued);
  });

  test('[V11] who declines leaves the caller with the agent', limits, async (t) => {
    const { ari, gateway, caller } = await setUp(t, 'declines', 'picks-up');
    // Of complete_transfer, and of attended_transfer after it.
    await gateway.log.line('tool ran', 2);
    await ari.settled(() => ari.board.phoneAt('PJSIP/kitchen') === undefined);
    assert.equal(caller.isOnMusic, false);
    const heard = soundsOf(caller);
    await ari.settled(() => soundsOf(caller) > heard + 5);
    ari.board.hangUp(caller);
    const { cause } = await gateway.log.line('call ended');
    assert.equal(cause, 'caller-hung-up');
    const journal = await gateway.journal();
    assert.deepEqual(partiesOf(journal), ['nobody', 'second', 'nobody', 'caller']);
    assert.match(resultsOf(journal).join(), /declined/);
    assert.ok(wordsOf(journal).some((words) => words.startsWith('caller: Nobody can take')));
  });

  test('[V11] when nobody picks up the caller is told', limits, async (t) => {
    const { ari, gateway, caller } = await setUp(t, 'accepts', 'rings');
    await ari.settled(() => caller.isOnMusic);
    const heard = soundsOf(caller);
    await gateway.log.line('tool ran');
    assert.equal(caller.isOnMusic, false);
    await ari.settled(() => soundsOf(caller) > heard + 5);
    ari.board.hangUp(caller);
    await gateway.log.line('call ended');
    const journal = await gateway.journal();
    assert.deepEqual(partiesOf(journal), ['nobody', 'caller']);
    assert.match(resultsOf(journal).join(), /no-answer/);
  });

  test('[V11] a key that is pressed decides as a word does', limits, async (t) => {
    const { ari, gateway, caller } = await setUp(t, 'waits', 'picks-up');
    const second = await briefed(ari);
    assert.equal(caller.isOnMusic, true);
    second.press('1');
    const { cause } = await gateway.log.line('call ended');
    assert.equal(cause, 'transferred');
  });

  test('[V11] a caller who hangs up on hold ends all of it', limits, async (t) => {
    const { ari, gateway, caller } = await setUp(t, 'waits', 'picks-up');
    await briefed(ari);
    ari.board.hangUp(caller);
    const { cause } = await gateway.log.line('call ended');
    assert.equal(cause, 'caller-hung-up');
    await ari.settled(() => ari.board.channels.size === 0 && ari.board.bridges.size === 0);
  });

  test('[V11] Asterisk that will not bridge them gives the caller back', limits, async (t) => {
    const { ari, gateway, caller } = await setUp(t, 'waits', 'picks-up');
    const second = await briefed(ari);
    ari.faults.push({ on: 'POST /bridges', fault: { status: 500, body: '{"message":"No."}' } });
    second.press('1');
    await gateway.log.line('tool ran');
    assert.equal(caller.isOnMusic, false);
    const heard = soundsOf(caller);
    await ari.settled(() => soundsOf(caller) > heard + 5);
    assert.match(resultsOf(await gateway.journal()).join(), /failed/);
  });

  test('[V11] without ARI the tool is not offered', limits, async (t) => {
    const gateway = await startGateway(t, {
      config: {
        directory: { kitchen: 'dial:kitchen' },
        personas: { assistant: { instructions: 'Help.', tools: ['attended_transfer'] } },
      },
      script: scriptOf('accepts'),
    });
    const told = await gateway.log.line('tools of a persona are not configured');
    assert.deepEqual(told['unset'], ['attended_transfer']);
  });
});
