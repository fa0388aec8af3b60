import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type WireWorldOptions, wireWorld } from '../../sim/wire-world.ts';
import type { Persona } from '../personas/persona.ts';
import { GatewayError } from '../runtime/errors.ts';
import type { JournalEntry } from '../store/store.ts';
import { handoff } from '../tools/handoff.ts';
import type { Tool } from '../tools/tool.ts';
import type { TextEvent } from '../transports/text/text-leg.ts';

const bare: Persona = {
  key: 'cfo',
  instructions: 'You are the cfo.',
  greeting: 'Finance speaking.',
  voice: null,
  language: null,
  tools: ['hangup_call', 'look_up'],
  minTrust: 'anonymous',
};

const lookUp: Tool = {
  name: 'look_up',
  description: 'Looks it up.',
  input: z.object({}),
  timeoutMs: 2_000,
  repeatable: true,
  minTrust: 'anonymous',
  isSensitive: false,
  run: async () => ({ found: 3 }),
};

/** Turns of the microtask queue that a run of a tool takes. */
const promiseTurns = 12;

async function chat(options: WireWorldOptions) {
  const world = await wireWorld(options);
  world.clock.advance(100);
  const { leg, session } = world.write();
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 20) {
      world.clock.advance(20);
      for (let turn = 0; turn < promiseTurns; turn += 1) await Promise.resolve();
    }
  };
  return {
    ...world,
    leg,
    session,
    pass,
    ask(text: string) {
      const events: TextEvent[] = [];
      leg.ask(text, (event) => events.push(event));
      return events;
    },
    record: async () => {
      await pass(3_000);
      return world.entries();
    },
    sent: (type: string) =>
      world.log.lines.filter(({ message }) => message === `OpenAI send type=${type}`).length,
  };
}

function only<Type extends JournalEntry['type']>(entries: readonly JournalEntry[], type: Type) {
  return entries.filter(
    (entry): entry is Extract<JournalEntry, { type: Type }> => entry.type === type,
  );
}

function lastOf(events: readonly TextEvent[]) {
  return events.at(-1);
}

const echo = { say: 'The table is yours.', times: 100 } as const;
const failing = {
  outcome: {
    status: 'failed',
    error: { type: 'server_error', code: 'server_error', message: 'no luck' },
  },
  times: 100,
} as const;

test('[A3] what is asked in writing is answered in writing, piece by piece', async () => {
  const { ask, pass, leg } = await chat({ script: { replies: [echo] } });
  const events = ask('A table for two?');
  assert.ok(leg.isBusy);
  await pass(3_000);
  assert.deepEqual(lastOf(events), { type: 'answered', text: 'The table is yours.' });
  const pieces = events.flatMap((event) => (event.type === 'delta' ? event.text : []));
  assert.equal(pieces.join(''), 'The table is yours.');
  assert.equal(leg.isBusy, false);
});

test('[A3] both sides of a chat are in the journal, and what was sent counts as read', async () => {
  const { ask, pass, leg, record } = await chat({ script: { replies: [echo] } });
  ask('A table for two?');
  await pass(3_000);
  leg.hangUp();
  const entries = await record();
  assert.deepEqual(
    only(entries, 'caller-said').map(({ text }) => text),
    ['A table for two?'],
  );
  const [said] = only(entries, 'agent-said');
  assert.equal(said?.heardText, 'The table is yours.');
  assert.equal(only(entries, 'session-start')[0]?.transport, 'text');
  assert.equal(only(entries, 'session-end')[0]?.cause, 'caller-hung-up');
  assert.equal(only(entries, 'prompt').length, 0);
});

test('[A3] a second question is refused while the first is open, and asked after it', async () => {
  const { ask, pass } = await chat({ script: { replies: [echo] } });
  ask('One?');
  assert.throws(
    () => ask('Two?'),
    (thrown) =>
      thrown instanceof GatewayError && thrown.code === 'SESSION_BUSY' && thrown.httpStatus === 423,
  );
  await pass(3_000);
  const events = ask('Two?');
  await pass(3_000);
  assert.equal(lastOf(events)?.type, 'answered');
});

test('[A3] the turn is over when all rounds of tools are', async () => {
  const { ask, pass, record } = await chat({
    persona: { tools: ['look_up'] },
    tools: [lookUp],
    script: {
      replies: [
        { when: { afterTool: 'look_up' }, say: 'There are three.' },
        { say: 'Let me see.', calls: [{ name: 'look_up', arguments: {} }] },
      ],
    },
  });
  const events = ask('How many?');
  await pass(5_000);
  assert.deepEqual(lastOf(events), {
    type: 'answered',
    text: 'Let me see.\n\nThere are three.',
  });
  assert.equal(events.filter(({ type }) => type !== 'delta').length, 1);
  assert.equal(only(await record(), 'tool-result')[0]?.outcome, 'ok');
});

test('[A3] a reply that fails again and again is an error, and the session goes on', async () => {
  const { ask, pass, leg } = await chat({
    script: { replies: [{ ...failing, when: { callerSays: 'broken' } }, echo] },
  });
  const events = ask('broken');
  await pass(5_000);
  const last = lastOf(events);
  assert.equal(last?.type, 'failed');
  assert.equal(leg.isEnded, false);
  const later = ask('well?');
  await pass(5_000);
  assert.equal(lastOf(later)?.type, 'answered');
});

test('[A3] a reply without a word is asked for once more, then it is an error', async () => {
  const { ask, pass } = await chat({ script: { replies: [{ say: '', times: 100 }] } });
  const events = ask('Hello?');
  await pass(5_000);
  assert.equal(lastOf(events)?.type, 'failed');
});

test('[A3] a provider that refuses for good is an error, also to whoever asks later', async () => {
  const error = { type: 'invalid_request_error', code: 'invalid_api_key', message: 'no such key' };
  const { ask, pass, leg } = await chat({
    script: { replies: [echo], faults: [{ fault: 'refuse', status: 401, error }] },
  });
  const events = ask('Hello?');
  await pass(5_000);
  const last = lastOf(events);
  assert.ok(last?.type === 'failed' && !last.error.retryable);
  assert.ok(leg.isEnded);
  assert.throws(() => ask('Hello?'), last.error);
});

test('[A3] a link that is lost in mid-answer is an error, and the next one answers', async () => {
  const { ask, pass, sent, script } = await chat({
    script: {
      replies: [{ say: 'This is a long answer, of many words.', deltaMs: 500, times: 2 }],
      faults: [{ fault: 'drop', when: { after: 'response.output_text.delta', nth: 2 } }],
    },
  });
  await pass(500);
  script.faults.length = 0;
  const events = ask('Tell me!');
  await pass(20_000);
  const last = lastOf(events);
  assert.ok(last?.type === 'failed' && last.error.code === 'PROVIDER_UNREACHABLE');
  assert.equal(sent('session.update'), 2);
  const later = ask('Say it again!');
  await pass(20_000);
  const again = { type: 'answered', text: 'This is a long answer, of many words.' };
  assert.deepEqual(lastOf(later), again);
});

test('[A3] what is asked while there is no link is asked once of the next one', async () => {
  const error = { type: 'server_error', code: 'rate_limit_exceeded', message: 'later' };
  const { ask, pass, sent, script } = await chat({
    script: { replies: [echo], faults: [{ fault: 'refuse', status: 503, error }] },
  });
  await pass(100);
  const events = ask('Hello?');
  script.faults.length = 0;
  await pass(8_000);
  assert.deepEqual(lastOf(events), { type: 'answered', text: 'The table is yours.' });
  assert.equal(sent('conversation.item.create'), 1);
});

test('[A4] a new link is opened for the persona in force', async () => {
  const { ask, pass, session } = await chat({
    sessionMsMax: 20_000,
    timing: { rollOverBeforeMs: 15_000 },
    script: {
      replies: [
        { when: { instructionsSay: 'You are the cfo' }, say: 'Figures.', times: 9 },
        { ...echo },
      ],
    },
  });
  await pass(500);
  session?.swapPersona(bare);
  await pass(30_000);
  const events = ask('Who are you?');
  await pass(5_000);
  assert.deepEqual(lastOf(events), { type: 'answered', text: 'Figures.' });
});

test('[A3] saying goodbye by the tool ends the chat after the last words', async () => {
  const { ask, pass, leg } = await chat({
    script: { replies: [{ say: 'Goodbye!', calls: [{ name: 'hangup_call', arguments: {} }] }] },
  });
  const events = ask('That is all.');
  await pass(5_000);
  assert.deepEqual(lastOf(events), { type: 'answered', text: 'Goodbye!' });
  assert.ok(leg.isEnded);
  assert.throws(() => ask('Still there?'), { code: 'SESSION_ENDED' });
});

test('[A3] a chat in which nobody writes is ended, without a word', async () => {
  const { ask, pass, leg, record } = await chat({
    settings: { textIdleMsMax: 10_000 },
    script: { replies: [echo] },
  });
  ask('Hello?');
  await pass(13_000);
  assert.ok(leg.isEnded);
  assert.equal(only(await record(), 'session-end')[0]?.cause, 'silence');
});

test('[A3] a chat that the operator ends fails the open question', async () => {
  const { ask, pass, session } = await chat({ script: { firstDeltaMs: 5_000, replies: [echo] } });
  const events = ask('Hello?');
  await pass(1_000);
  session?.close('drained');
  const last = lastOf(events);
  assert.ok(last?.type === 'failed' && last.error.code === 'SESSION_ENDED');
});

test('[A3] a model that never answers is given up in writing, within a bound', async () => {
  const { ask, pass, leg } = await chat({
    script: { firstDeltaMs: 900_000, replies: [echo] },
    settings: { replyMsMax: 2_000 },
  });
  const events = ask('Hello?');
  await pass(12_000);
  const last = lastOf(events);
  assert.ok(last?.type === 'failed' && last.error.code === 'PROVIDER_TIMEOUT');
  assert.ok(!leg.isBusy && !leg.isEnded);
});

test('[A4] another persona answers from the next reply on, with its own tools', async () => {
  const { ask, pass, session, record } = await chat({
    tools: [lookUp],
    script: {
      replies: [
        { when: { instructionsSay: 'You are the cfo' }, say: 'Figures.', times: 9 },
        { ...echo, firstDeltaMs: 1_000 },
      ],
    },
  });
  const events = ask('Hello?');
  await pass(500);
  session?.swapPersona({ ...bare, key: 'other' });
  session?.swapPersona(bare);
  await pass(3_000);
  assert.deepEqual(lastOf(events), { type: 'answered', text: 'The table is yours.' });
  const later = ask('And now?');
  await pass(3_000);
  assert.deepEqual(lastOf(later), { type: 'answered', text: 'Figures.' });
  assert.equal(session?.summary.persona, 'cfo');
  const changes = only(await record(), 'persona-change');
  assert.deepEqual(
    changes.map(({ persona, by }) => [persona, by]),
    [
      ['other', 'operator'],
      ['cfo', 'operator'],
    ],
  );
});

test('[A4] a persona above the trust of the caller is refused, also to the operator', async () => {
  const { session } = await chat({ script: { replies: [echo] } });
  assert.throws(() => session?.swapPersona({ ...bare, minTrust: 'verified' }), {
    code: 'TRUST_TOO_LOW',
  });
  assert.equal(session?.summary.persona, 'assistant');
});

const handingOver = {
  persona: { tools: ['hangup_call'], handoffs: ['cfo'] },
  script: {
    replies: [
      { when: { instructionsSay: 'Finance speaking' }, say: 'Finance speaking. We made money.' },
      { when: { afterTool: 'handoff' }, say: 'They will not take you.' },
      { say: 'One moment.', calls: [{ name: 'handoff', arguments: { persona: 'cfo' } }] },
    ],
  },
} satisfies WireWorldOptions;

test('[A4] the agent hands over: the next one greets and goes on in the same turn', async () => {
  const { ask, pass, session, record } = await chat({ ...handingOver, otherPersonas: [bare] });
  const events = ask('How much did we make?');
  await pass(6_000);
  assert.deepEqual(lastOf(events), {
    type: 'answered',
    text: 'One moment.\n\nFinance speaking. We made money.',
  });
  assert.equal(session?.summary.persona, 'cfo');
  const [change] = only(await record(), 'persona-change');
  assert.deepEqual([change?.persona, change?.by], ['cfo', 'handoff']);
});

test('[V19] an anonymous caller is not handed to a persona for verified ones', async () => {
  const { ask, pass, session, record } = await chat({
    ...handingOver,
    otherPersonas: [{ ...bare, minTrust: 'verified' }],
  });
  const events = ask('Put me through to the cfo!');
  await pass(6_000);
  assert.equal(lastOf(events)?.type, 'answered');
  assert.equal(session?.summary.persona, 'assistant');
  const [result] = only(await record(), 'tool-result');
  assert.deepEqual([result?.outcome, result?.code], ['refused', 'TRUST_TOO_LOW']);
  assert.equal(handoff.name, 'handoff');
});
