import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalBody, JournalEntry } from '../../store/store.ts';
import { DemoCaller, type SpokenLine } from './demo-caller.ts';

const menu: SpokenLine = {
  text: 'the menu',
  isUnderstood: (since) => since.some(({ type }) => type === 'tool-call'),
  speech: Uint8Array.of(1),
};
const order: SpokenLine = { text: 'an order', isUnderstood: answered, speech: Uint8Array.of(2) };

function answered(since: readonly JournalEntry[]): boolean {
  return since.some(({ type }) => type === 'agent-said');
}

/** A call whose record the test writes. */
function calling(lines: readonly SpokenLine[]) {
  const entries: JournalEntry[] = [];
  const caller = new DemoCaller(lines, entries);
  let saidCount = 0;
  const happens = (body: JournalBody) => {
    const when = { atMs: 0, atEpochMs: 0, sequence: entries.length, sessionId: 'ses_1' };
    entries.push({ ...body, ...when });
  };
  return {
    next() {
      const line = caller.at(saidCount);
      if (line === undefined || !('speech' in line)) return undefined;
      return { cue: line.cue.type, is: line.speech[0] };
    },
    says() {
      assert.ok(caller.at(saidCount));
      saidCount += 1;
      caller.at(saidCount);
    },
    callsTool: () =>
      happens({ type: 'tool-call', callId: 'c', name: 'lookup_menu', argumentsJson: '{}' }),
    agentSays: (text: string) => {
      const heard = { receivedMs: 1, heardMs: 1, words: [], spokenAtMs: 0 };
      happens({ type: 'agent-said', replyId: 'r', itemId: 'i', text, heardText: text, ...heard });
    },
  };
}

test('the caller speaks once it is greeted, and when the agent has answered', () => {
  const call = calling([menu, order]);
  assert.deepEqual(call.next(), { cue: 'after-silence', is: 1 });
  call.agentSays('welcome');
  assert.deepEqual(call.next(), { cue: 'after-agent', is: 1 });
  call.says();
  call.callsTool();
  call.agentSays('we have goat');
  assert.deepEqual(call.next(), { cue: 'after-agent', is: 2 });
});

test('the caller cuts in as soon as it knows that it was understood', () => {
  const call = calling([menu, { ...order, cutsIn: true }]);
  call.says();
  assert.deepEqual(call.next(), { cue: 'after-silence', is: 1 });
  call.callsTool();
  assert.deepEqual(call.next(), { cue: 'over-agent', is: 2 });
});

test('the caller says once more what was not understood, or not answered', () => {
  const call = calling([menu, order]);
  call.says();
  assert.deepEqual(call.next(), { cue: 'after-silence', is: 1 });
  call.agentSays('sorry?');
  assert.deepEqual(call.next(), { cue: 'after-agent', is: 1 });
});

test('the caller gives up when it was not understood three times', () => {
  const call = calling([menu, order]);
  for (let count = 0; count < 3; count += 1) {
    assert.equal(call.next()?.is, 1);
    call.says();
    call.agentSays('sorry?');
  }
  assert.equal(call.next(), undefined);
});

test('the caller has nothing to say after its last line', () => {
  const call = calling([order]);
  call.says();
  call.agentSays('goodbye');
  assert.equal(call.next(), undefined);
});
