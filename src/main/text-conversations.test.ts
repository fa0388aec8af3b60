import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { recordingLog } from '../../sim/recorders.ts';
import { type WireWorldOptions, wireWorld } from '../../sim/wire-world.ts';
import type { Conversation, OpeningWish, ReplyEvent } from '../api/ai/conversation.ts';
import { operator, type Principal } from '../api/auth/principal.ts';
import type { Persona } from '../personas/persona.ts';
import { seededRandom } from '../runtime/random.ts';
import { defaultSettings } from '../session/settings.ts';
import type { Tool } from '../tools/tool.ts';
import { followedJournal } from './followed-journal.ts';
import { TextConversations } from './text-conversations.ts';

const waiter: Persona = {
  key: 'waiter',
  instructions: 'You are the waiter.',
  greeting: null,
  voice: null,
  language: null,
  tools: ['look_up'],
  minTrust: 'anonymous',
};
const cfo: Persona = { ...waiter, key: 'cfo', tools: [], minTrust: 'verified' };
const personas = [waiter, cfo];

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

const stranger: Principal = { ...operator, kind: 'key', id: 'stranger', trust: 'identified' };
const echo = { say: 'The table is yours.', times: 100_000 } as const;
/** Turns of the microtask queue that a run of a tool takes. */
const promiseTurns = 12;

const same = <Part>(part: Part): Part => part;

async function world(
  options: Partial<WireWorldOptions> = {},
  limits = { sessionsMax: 20_000, sessionsPerCallerMax: 20_000 },
) {
  let conversations: TextConversations | null = null;
  const made = await wireWorld({
    script: { replies: [echo] },
    persona: waiter,
    otherPersonas: [cfo],
    tools: [lookUp],
    callsMax: 20_000,
    ...options,
    taps: {
      ...{ wheel: same, provider: same, leg: same, tools: same, metrics: same, edges: same },
      journal: (journal) =>
        followedJournal(
          journal,
          [{ follow: (entry) => conversations?.follow(entry) }],
          recordingLog(),
        ),
    },
  });
  const { clock, metrics, provider, sessions } = made;
  conversations = new TextConversations({
    sessions,
    plan: ({ call }) => ({
      provider,
      persona: personas.find(({ key }) => key === call.persona) ?? waiter,
      personaOf: (key) => personas.find((persona) => persona.key === key),
      settings: defaultSettings,
      turnDetection: {
        kind: 'server_vad',
        threshold: 0.5,
        prefixPaddingMs: 300,
        silenceMs: 500,
        eagerness: 'auto',
        authority: 'gateway',
      },
    }),
    personaKeys: () => personas.map(({ key }) => key),
    limits,
    random: seededRandom(7),
    metrics,
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 20) {
      clock.advance(20);
      for (let turn = 0; turn < promiseTurns; turn += 1) await Promise.resolve();
    }
  };
  return { ...made, conversations, pass };
}

const wish = (principal = operator, persona?: string): OpeningWish => ({
  principal,
  persona,
  traceparent: undefined,
});

function asked(conversation: Conversation, text: string): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  conversation.ask(text, (event) => events.push(event));
  return events;
}

test('[A3] a conversation is found by its id, by whom it belongs to alone', async () => {
  const { conversations } = await world();
  const conversation = conversations.open(wish());
  const { sessionId } = conversation;
  assert.deepEqual(await conversations.find(sessionId, operator), { is: 'here', conversation });
  assert.deepEqual(await conversations.find(sessionId, stranger), { is: 'unknown' });
  assert.deepEqual(await conversations.find('sess_0', operator), { is: 'unknown' });
});

test('[A3] a session that is over is found by nobody, and makes room', async () => {
  const { conversations, pass } = await world({}, { sessionsMax: 1, sessionsPerCallerMax: 1 });
  const first = conversations.open(wish());
  const events = asked(first, 'Hello?');
  first.hangUp();
  await pass(100);
  assert.equal(events.at(-1)?.type, 'failed');
  assert.deepEqual(await conversations.find(first.sessionId, operator), { is: 'unknown' });
  assert.throws(() => first.ask('Still there?', () => undefined), { code: 'SESSION_ENDED' });
  assert.throws(() => first.swapPersona('cfo'), { code: 'SESSION_ENDED' });
  conversations.open(wish());
});

test('[A5] each caller and all together have a most of sessions', async () => {
  const { conversations, metrics } = await world({}, { sessionsMax: 3, sessionsPerCallerMax: 2 });
  conversations.open(wish());
  conversations.open(wish());
  assert.throws(() => conversations.open(wish()), { code: 'SESSIONS_OF_CALLER_AT_LIMIT' });
  conversations.open(wish(stranger));
  assert.throws(() => conversations.open(wish(stranger)), { code: 'SESSIONS_AT_LIMIT' });
  assert.equal(metrics.values.get('offhook_limits_total/ai_sessions_per_caller'), 1);
  assert.equal(metrics.values.get('offhook_limits_total/ai_sessions'), 1);
});

test('[A3] ten thousand sessions answer each its own, and leave nothing behind', async () => {
  const textIdleMsMax = 10_000;
  const settings = { textIdleMsMax };
  const { clock, conversations, sessions, pass } = await world({ settings });
  const all = Array.from({ length: 10_000 }, () => conversations.open(wish()));
  await pass(200);
  const ids = new Set(all.map(({ sessionId }) => sessionId));
  assert.equal(ids.size, 10_000);
  const [first, last] = [all[0]!, all.at(-1)!];
  const events = [asked(first, 'One?'), asked(last, 'Two?')];
  await pass(3_000);
  assert.deepEqual(
    events.map((each) => each.at(-1)),
    [1, 2].map(() => ({ type: 'answered', text: 'The table is yours.' })),
  );
  clock.advance(textIdleMsMax);
  await pass(100);
  assert.equal(sessions.count, 0);
  assert.deepEqual(await conversations.find(last.sessionId, operator), { is: 'unknown' });
});

test('[V19] the cfo is not for callers who are not verified, not even in mid-call', async () => {
  const { conversations } = await world();
  assert.throws(() => conversations.open(wish(stranger, 'cfo')), { code: 'TRUST_TOO_LOW' });
  const conversation = conversations.open(wish(stranger));
  assert.throws(() => conversation.swapPersona('cfo'), { code: 'TRUST_TOO_LOW' });
  assert.equal(conversation.persona, 'waiter');
  assert.throws(() => conversation.swapPersona('pirate'), {
    code: 'NOT_FOUND',
    details: { persona: 'pirate', choices: 'waiter, cfo' },
  });
});

test('[A3] personas swapped in mid-reply: it ends, the last goes on', async () => {
  const { conversations, pass } = await world({ script: { replies: [{ ...echo, speed: 1 }] } });
  const conversation = conversations.open(wish());
  await pass(100);
  const events = asked(conversation, 'A table?');
  await pass(400);
  assert.equal(events.at(-1)?.type, 'delta');
  conversation.swapPersona('cfo');
  conversation.swapPersona('waiter');
  conversation.swapPersona('cfo');
  assert.equal(conversation.persona, 'cfo');
  await pass(5_000);
  assert.deepEqual(events.at(-1), { type: 'answered', text: 'The table is yours.' });
  const next = asked(conversation, 'And the ledger?');
  await pass(5_000);
  assert.equal(next.at(-1)?.type, 'answered');
  assert.equal(conversation.persona, 'cfo');
});

test('[A3] a tool done before its response is answered once', async () => {
  const { conversations, pass } = await world({
    script: {
      replies: [
        { when: { afterTool: 'look_up' }, say: 'There are three.' },
        { say: 'Let me see.', calls: [{ name: 'look_up', arguments: {} }] },
      ],
      faults: [
        {
          fault: 'stall',
          when: { before: 'response.done' },
          direction: 'to-client',
          forMs: 1_000,
        },
      ],
    },
  });
  const conversation = conversations.open(wish());
  const events = asked(conversation, 'How many?');
  await pass(8_000);
  const tools = events.flatMap((event) =>
    event.type === 'tool' ? `${event.name} ${event.state}` : [],
  );
  assert.deepEqual(tools, ['look_up started', 'look_up ok']);
  assert.deepEqual(events.at(-1), {
    type: 'answered',
    text: 'Let me see.\n\nThere are three.',
  });
});

test('[O2] draining ends who is idle at once, and others when they are answered', async () => {
  const { conversations, pass, sessions } = await world();
  conversations.open(wish());
  const busy = conversations.open(wish());
  await pass(100);
  const events = asked(busy, 'Hello?');
  const drained = conversations.drain(30_000);
  await pass(20);
  assert.equal(sessions.count, 1);
  await pass(3_000);
  assert.equal(events.at(-1)?.type, 'answered');
  await drained;
  assert.equal(sessions.count, 0);
  assert.throws(() => conversations.open(wish()), { code: 'DRAINING' });
});

test('[O4] the trace of the request is on record with the session', async () => {
  const { conversations, entries, pass } = await world();
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  conversations.open({ ...wish(), traceparent });
  await pass(3_000);
  const [start] = await entries();
  assert.partialDeepStrictEqual(start, { type: 'session-start', traceparent });
});
