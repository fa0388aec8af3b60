import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../runtime/errors.ts';
import type { Effect, HeardItem, TurnContext, TurnInput } from './edges.ts';
import { defaultSettings, type SessionSettings } from './settings.ts';
import { assertSession, initialState, type TurnState } from './state.ts';
import { step } from './turn.ts';

/** Steps through inputs and keeps what each one led to. */
function conversation(settings: Partial<SessionSettings> = {}) {
  let state: TurnState = initialState;
  let nowMs = 0;
  let last: Effect[] = [];
  const take = (input: TurnInput, read: Partial<TurnContext> = {}) => {
    nowMs += 100;
    last = [];
    state = step(state, input, {
      nowMs,
      settings: { ...defaultSettings, ...settings },
      greeting: null,
      canTruncate: true,
      isWritten: false,
      successor: () => null,
      unplayed: [],
      saidCount: 0,
      effects: last,
      ...read,
    });
    assertSession(state);
  };
  return {
    take,
    get state() {
      return state;
    },
    /** Types of commands to the link that the last input led to. */
    get commands() {
      return last.flatMap((effect) => (effect.type === 'link' ? effect.command.type : []));
    },
    get effects() {
      return last;
    },
    /** A call on a ready link with nothing going on. */
    begin() {
      take({ type: 'start' });
      take({ type: 'link-ready', linkId: 1 });
    },
    speak() {
      take({ type: 'caller-speech-start', by: 'provider' });
      take({ type: 'caller-speech-end', by: 'provider' });
    },
  };
}

const heard = (heardMs: number): HeardItem => ({
  replyId: 'reply_1',
  itemId: 'item_1',
  contentIndex: 0,
  heardMs,
  receivedMs: 5_000,
});

const call = (callId: string) => ({ callId, name: 'lookup', argumentsJson: '{}' });
const replyEnd = (replyId: string, outcome: 'completed' | 'cancelled' = 'completed') =>
  ({ type: 'reply-end', replyId, outcome, error: null, carried: 'audio' }) as const;

const settled = (callId: string) => ({
  callId,
  name: 'lookup',
  outcome: 'ok' as const,
  code: null,
  outputJson: '1',
  tookMs: 1,
  sequel: null,
});

test('[V9] with authority provider the vendor answers a turn and we ask for nothing', () => {
  const turn = conversation();
  turn.begin();
  turn.speak();
  assert.deepEqual(turn.commands, []);
  assert.equal(turn.state.agent.is, 'awaited');
});

test('[V9] with authority gateway we ask for the answer when the caller has spoken', () => {
  const turn = conversation({ authority: 'gateway' });
  turn.begin();
  turn.speak();
  assert.deepEqual(turn.commands, ['reply-start']);
});

test('[V10] with authority gateway the reply is cancelled before the item is cut', () => {
  const turn = conversation({ authority: 'gateway' });
  turn.begin();
  turn.speak();
  turn.take({ type: 'reply-start', replyId: 'reply_1', requestId: 'request_1' });
  turn.take({ type: 'first-frame', replyId: 'reply_1' });
  turn.take({ type: 'caller-speech-start', by: 'provider' }, { unplayed: [heard(1_200)] });
  assert.deepEqual(turn.commands.toSorted(), ['item-truncate', 'reply-cancel']);
  assert.ok(turn.effects.some(({ type }) => type === 'flush-playout'));
});

test('[V10] an item of which nothing was heard is never cut at 0 ms but deleted afterwards', () => {
  const turn = conversation();
  turn.begin();
  turn.speak();
  turn.take({ type: 'reply-start', replyId: 'reply_1', requestId: null });
  turn.take({ type: 'caller-speech-start', by: 'provider' }, { unplayed: [heard(0)] });
  assert.deepEqual(turn.commands, []);
  turn.take(replyEnd('reply_1', 'cancelled'));
  assert.deepEqual(turn.commands, ['item-drop']);
});

test('[V11] a call is run only when its reply is complete', () => {
  const turn = conversation();
  turn.begin();
  turn.speak();
  turn.take({ type: 'reply-start', replyId: 'reply_1', requestId: null });
  turn.take({ type: 'tool-call', replyId: 'reply_1', call: call('call_1') });
  assert.ok(!turn.effects.some(({ type }) => type === 'run-tool'));
  turn.take(replyEnd('reply_1', 'cancelled'));
  assert.ok(!turn.effects.some(({ type }) => type === 'run-tool'));
  assert.deepEqual(turn.state.pendingCalls, []);
});

test('[V11] results of a reply go out together, once, before one new reply', () => {
  const turn = conversation();
  turn.begin();
  turn.speak();
  turn.take({ type: 'reply-start', replyId: 'reply_1', requestId: null });
  for (const callId of ['call_1', 'call_2', 'call_1']) {
    turn.take({ type: 'tool-call', replyId: 'reply_1', call: call(callId) });
  }
  turn.take(replyEnd('reply_1'));
  assert.equal(turn.effects.filter(({ type }) => type === 'run-tool').length, 2);
  turn.take({ type: 'tool-settled', outcome: settled('call_1') });
  assert.deepEqual(turn.commands, []);
  turn.take({ type: 'tool-settled', outcome: settled('call_2') });
  assert.deepEqual(turn.commands, ['tool-results', 'reply-start']);
  turn.take({ type: 'tool-settled', outcome: settled('call_2') });
  assert.deepEqual(turn.commands, []);
});

test('[V3] a lost link is opened again at once, then ever later, then given up', () => {
  const turn = conversation({ reconnectAttemptsMax: 3 });
  turn.begin();
  const error = new GatewayError('PROVIDER_UNREACHABLE', 'gone');
  const delays: number[] = [];
  for (let linkId = 1; turn.state.line.is === 'up'; linkId += 1) {
    turn.take({ type: 'link-ended', linkId, error });
    for (const effect of turn.effects) {
      if (effect.type === 'set-timer' && effect.name === 'reconnect') delays.push(effect.delayMs);
    }
    if (turn.state.link.is === 'recovering') turn.take({ type: 'timer', name: 'reconnect' });
  }
  assert.deepEqual(delays, [0, 250, 500]);
  assert.ok(turn.effects.some((effect) => effect.type === 'play-prompt'));
});

/** The agent hangs up without a word: it is asked for its goodbye. */
function hangingUp() {
  const turn = conversation();
  turn.begin();
  turn.take({ type: 'reply-start', replyId: 'reply_1', requestId: null });
  turn.take({ type: 'tool-call', replyId: 'reply_1', call: call('call_1') });
  turn.take({ ...replyEnd('reply_1'), carried: 'nothing' });
  const sequel = { type: 'hang-up' } as const;
  turn.take({ type: 'tool-settled', outcome: { ...settled('call_1'), sequel } });
  assert.deepEqual(turn.commands, ['tool-results', 'reply-start']);
  return turn;
}

test('[V11] [V12] a goodbye without a sound is said by a recording, at once', () => {
  for (const outcome of ['completed', 'failed', 'cancelled'] as const) {
    const turn = hangingUp();
    const { requestId } = turn.state.arbiter.unanswered!;
    turn.take({ type: 'reply-start', replyId: 'reply_2', requestId });
    assert.equal(turn.state.line.is, 'closing');
    turn.take({ ...replyEnd('reply_2'), carried: 'text-only', outcome });
    assert.ok(
      turn.effects.some((effect) => effect.type === 'play-prompt'),
      outcome,
    );
    turn.take({ type: 'prompt-played', name: 'goodbye' });
    assert.deepEqual(turn.state.line, { is: 'ended', cause: 'agent-hung-up' });
  }
});

test('[V12] a goodbye that no link can bring is said by a recording, at once', () => {
  const turn = hangingUp();
  const error = new GatewayError('PROVIDER_QUOTA', 'nothing is left on the account');
  turn.take({ type: 'link-ended', linkId: 1, error });
  assert.ok(turn.effects.some((effect) => effect.type === 'play-prompt'));
});

test('[V11] a goodbye that was heard before its end was told is not said again', () => {
  const turn = hangingUp();
  const { requestId } = turn.state.arbiter.unanswered!;
  turn.take({ type: 'reply-start', replyId: 'reply_2', requestId });
  turn.take({ type: 'first-frame', replyId: 'reply_2' });
  turn.take(replyEnd('reply_2'));
  assert.ok(!turn.effects.some((effect) => effect.type === 'play-prompt'));
  turn.take({ type: 'reply-played', replyId: 'reply_2' });
  assert.deepEqual(turn.state.line, { is: 'ended', cause: 'agent-hung-up' });
});

test('[V12] an error that no new link can mend ends the call with a recording', () => {
  const turn = conversation();
  turn.begin();
  const error = new GatewayError('PROVIDER_QUOTA', 'nothing is left on the account');
  turn.take({ type: 'link-ended', linkId: 1, error });
  assert.equal(turn.state.line.is, 'closing');
  turn.take({ type: 'prompt-played', name: 'unavailable' });
  assert.deepEqual(turn.state.line, { is: 'ended', cause: 'provider-failed' });
});

test('nothing is done after the end, whatever comes', () => {
  const turn = conversation();
  turn.begin();
  turn.take({ type: 'leg-ended', cause: 'line-reset' });
  assert.deepEqual(turn.state.line, { is: 'ended', cause: 'caller-hung-up' });
  turn.take({ type: 'reply-start', replyId: 'late', requestId: null });
  turn.take({ type: 'timer', name: 'silence' });
  turn.take({ type: 'close', cause: 'drained' });
  assert.deepEqual(turn.effects, []);
});
