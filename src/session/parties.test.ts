import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersonaSetup } from '../providers/provider.ts';
import type { ToolOutcome } from '../tools/tool.ts';
import type { Effect, HeardItem, TurnContext, TurnInput } from './edges.ts';
import { defaultSettings } from './settings.ts';
import { assertSession, initialState, type TurnState } from './state.ts';
import { step } from './turn.ts';

const persona = (key: string): PersonaSetup => ({
  key,
  instructions: 'Help.',
  voice: null,
  language: null,
  tools: [],
  variables: {},
});
const callerPersona = persona('waiter');
const briefer = persona('briefer');

const sounding: HeardItem = {
  replyId: 'reply_1',
  itemId: 'item_1',
  contentIndex: 0,
  heardMs: 400,
  receivedMs: 5_000,
};

/** A call whose agent has asked for a transfer; its tool runs. */
function transfer() {
  let state: TurnState = initialState;
  let nowMs = 0;
  let last: Effect[] = [];
  const take = (input: TurnInput, unplayed: readonly HeardItem[] = []) => {
    nowMs += 100;
    last = [];
    const context: TurnContext = {
      nowMs,
      settings: defaultSettings,
      greeting: null,
      canTruncate: true,
      isWritten: false,
      successor: () => null,
      unplayed,
      saidCount: 0,
      effects: last,
    };
    state = step(state, input, context);
    assertSession(state);
  };
  const call = { callId: 'call_1', name: 'attended_transfer', argumentsJson: '{}' };
  take({ type: 'start' });
  take({ type: 'link-ready', linkId: 1 });
  take({ type: 'reply-start', replyId: 'reply_1', requestId: null });
  take({ type: 'tool-call', replyId: 'reply_1', call });
  take(
    { type: 'reply-end', replyId: 'reply_1', outcome: 'completed', error: null, carried: 'audio' },
    [sounding],
  );
  return {
    take,
    hold() {
      take({ type: 'hold-wanted' });
    },
    join() {
      take({ type: 'hold-wanted' });
      take({ type: 'second-joined', persona: briefer });
    },
    settle(sequel: ToolOutcome['sequel'] = null) {
      const { callId, name } = call;
      const told = { outcome: 'ok', code: null, outputJson: '{}', tookMs: 1 } as const;
      take({ type: 'tool-settled', outcome: { callId, name, ...told, sequel } });
    },
    get state() {
      return state;
    },
    get commands() {
      return last.flatMap((effect) => (effect.type === 'link' ? effect.command.type : []));
    },
    get news() {
      return last.flatMap((effect) => (effect.type === 'consult' ? effect.news : []));
    },
    get attached() {
      return last.flatMap((effect) => (effect.type === 'attach' ? effect.party : []));
    },
  };
}

test('[V11] the caller is put on hold when the words before it were played, not sooner', () => {
  const call = transfer();
  call.take({ type: 'hold-wanted' }, [sounding]);
  assert.equal(call.state.party.is, 'parting');
  assert.deepEqual(call.news, []);
  call.take({ type: 'reply-played', replyId: 'reply_1' });
  assert.deepEqual(
    [call.state.party.is, call.news, call.attached],
    ['nobody', ['held'], ['nobody']],
  );
});

test('[V11] who picks up is briefed: the model is told whom it speaks with, then asked', () => {
  const call = transfer();
  call.join();
  assert.deepEqual(call.commands, ['persona', 'reply-start']);
  assert.deepEqual(call.attached, ['second']);
});

test('[V11] a verdict counts when the agent has been heard out', () => {
  const call = transfer();
  call.join();
  call.take({ type: 'second-decided', verdict: 'accepted' }, [sounding]);
  assert.equal(call.state.party.is, 'second');
  call.take({ type: 'reply-played', replyId: 'reply_1' });
  assert.deepEqual([call.state.party.is, call.news], ['nobody', ['accepted']]);
});

test('[V11] a reply that comes late for somebody else is played to nobody', () => {
  const call = transfer();
  call.hold();
  call.take({ type: 'reply-start', replyId: 'late', requestId: null });
  assert.deepEqual(call.commands, ['reply-cancel']);
  assert.equal(call.state.agent.is, 'silent');
});

test('[V11] the result of the tool reaches the model when the caller is back', () => {
  const call = transfer();
  call.join();
  call.take({ type: 'second-ended', how: 'declined' });
  call.settle();
  assert.equal(call.commands.length, 0);
  call.take({ type: 'caller-back', persona: callerPersona });
  assert.ok(call.commands.indexOf('persona') < call.commands.indexOf('tool-results'));
  assert.equal(call.state.party.is, 'caller');
});

test('[V11] who was handed over is not said goodbye to', () => {
  const call = transfer();
  call.join();
  call.take({ type: 'second-ended', how: 'accepted' });
  call.settle({ type: 'leave' });
  assert.deepEqual(call.state.line, { is: 'ended', cause: 'transferred' });
});

test('[V11] a briefing that takes too long ends, and counts as a limit', () => {
  const call = transfer();
  call.join();
  assert.ok(call.state.timers.includes('briefing'));
  call.take({ type: 'timer', name: 'briefing' });
  assert.deepEqual(call.news, ['timeout']);
  assert.ok(!call.state.timers.includes('briefing'));
});

test('a goodbye that is due during a briefing is said to the caller', () => {
  const call = transfer();
  call.join();
  call.take({ type: 'timer', name: 'call-length' });
  assert.deepEqual([call.state.line.is, call.news], ['up', ['hung-up']]);
  call.take({ type: 'caller-back', persona: callerPersona });
  assert.equal(call.state.line.is, 'closing');
});

test('a link that is lost during a briefing is made again, and asked for the briefing', () => {
  const call = transfer();
  call.join();
  call.take({ type: 'link-ended', linkId: 1, error: null });
  call.take({ type: 'timer', name: 'reconnect' });
  call.take({ type: 'link-ready', linkId: 2 });
  assert.ok(call.commands.includes('reply-start'));
  assert.equal(call.state.party.is, 'second');
});

test('what is still heard of a caller on hold asks for nothing', () => {
  const call = transfer();
  call.hold();
  for (const type of ['caller-speech-start', 'caller-speech-end'] as const) {
    call.take({ type, by: 'provider' });
    assert.deepEqual([call.state.caller.is, call.commands], ['quiet', []]);
  }
});
