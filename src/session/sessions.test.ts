import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type WireWorldOptions, wireWorld } from '../../sim/wire-world.ts';
import type { JournalEntry } from '../store/store.ts';
import type { Tool } from '../tools/tool.ts';
import { messageKind } from '../transports/audiosocket/wire.ts';

const speech = new Uint8Array(
  Int16Array.from({ length: 160 }, (_, index) => 8_000 * Math.sin(index * 0.3)).buffer,
);
const quiet = new Uint8Array(320);
const isAudible = (payload: Uint8Array): boolean => payload.some((byte) => byte !== 0);

const greeting = {
  when: { turn: 0 },
  say: 'Hello, how can I help you today?',
  sound: { kind: 'tone', hz: 440, ms: 2_000 },
} as const;
const longAnswer = {
  say: 'This answer is long enough to be cut off by somebody who is in a hurry today.',
  sound: { kind: 'tone', hz: 500, ms: 8_000 },
  times: 100,
} as const;

async function callIn(options: Partial<WireWorldOptions> = {}) {
  const script = { callerSays: ['Hello?'], replies: [greeting, longAnswer] };
  const world = await wireWorld({ ...options, script: { ...script, ...options.script } });
  world.clock.advance(100);
  const call = world.call();
  const { caller } = call;
  const send = (ms: number, frame: Uint8Array) => {
    for (let sent = 0; sent < ms; sent += 20) {
      caller.sendAudio(frame);
      world.clock.advance(20);
    }
  };
  return {
    ...world,
    ...call,
    say: (ms: number) => send(ms, speech),
    listen: (ms: number) => send(ms, quiet),
    audio: () => caller.heard.filter(({ kind }) => kind === messageKind.audio),
    record: () => {
      world.clock.advance(3_000);
      return world.entries();
    },
    messages: () => world.log.lines.map(({ message }) => message),
  };
}

function only<Type extends JournalEntry['type']>(entries: readonly JournalEntry[], type: Type) {
  return entries.filter(
    (entry): entry is Extract<JournalEntry, { type: Type }> => entry.type === type,
  );
}

test('[V3] the agent greets the caller once the session is acknowledged', async () => {
  const { listen, audio, messages } = await callIn();
  listen(3_000);
  assert.ok(audio().some(({ payload }) => isAudible(payload)));
  const order = messages();
  assert.ok(order.indexOf('OpenAI send type=session.update') >= 0);
  assert.ok(
    order.indexOf('OpenAI session configured with 1 tools') <
      order.indexOf('OpenAI send type=response.create'),
  );
});

test('[V8] a reply is AgentAudio once, AgentAudioDone, PlaybackFinished', async () => {
  const { listen, messages } = await callIn();
  listen(4_000);
  const order = messages().filter((message) => /^(AgentAudio|PlaybackFinished)/.test(message));
  assert.deepEqual(order, ['AgentAudio', 'AgentAudioDone', 'PlaybackFinished']);
});

test('[V2] the caller gets one frame of 20 ms per 20 ms from the first moment on', async () => {
  const { listen, audio } = await callIn();
  listen(100);
  const before = audio().length;
  listen(5_000);
  assert.equal(audio().length - before, 250);
  assert.ok(audio().every(({ payload }) => payload.length === 320));
});

test('[V10] a caller who speaks stops the agent within one frame', async () => {
  const { listen, say, audio, record, caller } = await callIn();
  listen(3_000);
  say(600);
  listen(2_500);
  say(400);
  const frames = audio();
  const lastAudible = frames.findLastIndex(({ payload }) => isAudible(payload));
  // The server takes 60 ms to call it speech; then at most one frame.
  assert.ok(frames.length - 1 - lastAudible >= (400 - 100) / 20);
  listen(500);
  caller.hangUp();
  const [bargeIn] = only(record(), 'barge-in');
  assert.ok(bargeIn && bargeIn.heardMs > 500 && bargeIn.unheardMs > 1_000);
});

test('[B3] the record tells what was heard of a reply that was cut off', async () => {
  const { listen, say, record, caller } = await callIn();
  listen(3_000);
  say(600);
  listen(2_500);
  say(600);
  listen(500);
  caller.hangUp();
  const cut = only(record(), 'agent-said').find(({ text }) => text.startsWith('This answer'));
  assert.ok(cut && cut.heardText.length > 0 && cut.heardText.length < cut.text.length);
  assert.ok(cut.text.startsWith(cut.heardText));
  assert.ok(cut.words.some(({ state }) => state === 'unheard'));
});

test('[V10] with authority gateway the gateway cancels, and nothing ever collides', async () => {
  const { listen, say, record, caller, metrics } = await callIn({
    settings: { authority: 'gateway' },
  });
  listen(3_000);
  for (let turn = 0; turn < 3; turn += 1) {
    say(600);
    listen(2_500);
  }
  caller.hangUp();
  const entries = record();
  assert.ok(only(entries, 'barge-in').length >= 2);
  assert.equal(metrics.values.get('offhook_response_collisions_total/openai_realtime'), undefined);
});

test('[V9] with authority provider a forced collision is queued and sent once', async () => {
  const { listen, say, metrics, caller, record } = await callIn({
    script: { replies: [greeting, longAnswer], faults: [{ fault: 'collide', times: 1 }] },
  });
  listen(14_000);
  say(600);
  listen(1_500);
  caller.hangUp();
  assert.equal(metrics.values.get('offhook_response_collisions_total/openai_realtime'), 1);
  assert.ok(only(record(), 'turn').length >= 2);
});

/** `frame` at `gain`, as samples of 16 bits. */
function scaled(frame: Uint8Array, gain: number): Uint8Array {
  const samples = new Int16Array(Uint8Array.from(frame).buffer);
  return new Uint8Array(samples.map((sample) => sample * gain).buffer);
}

test('[V9] [B4] gate local: an echo of the agent at -20 dB never interrupts it', async () => {
  const { clock, caller, audio, record } = await callIn({
    settings: { gate: 'local', silencePromptMs: 600_000 },
  });
  for (let count = 0; count < 300; count += 1) {
    // What came 60 ms ago returns from the far end.
    caller.sendAudio(scaled(audio().at(-3)?.payload ?? quiet, 0.1));
    clock.advance(20);
  }
  caller.hangUp();
  const entries = record();
  assert.deepEqual(only(entries, 'barge-in'), []);
  assert.equal(only(entries, 'agent-said')[0]?.heardText, greeting.say);
});

for (const gate of ['off', 'local'] as const) {
  test(`[V9] gate ${gate}: speech at -6 dB of the agent's level interrupts it`, async () => {
    const { clock, caller, audio, record, listen, say } = await callIn({
      settings: { gate, silencePromptMs: 600_000 },
    });
    listen(3_000);
    say(600);
    listen(2_000);
    const agentFrame = audio().findLast(({ payload }) => isAudible(payload))!.payload;
    for (let count = 0; count < 30; count += 1) {
      caller.sendAudio(scaled(agentFrame, 0.5));
      clock.advance(20);
    }
    caller.hangUp();
    assert.equal(only(record(), 'barge-in').length, 1);
  });
}

const slowLookup: Tool<{ query: string }, unknown> = {
  name: 'lookup',
  description: 'Looks something up.',
  input: z.object({ query: z.string() }),
  timeoutMs: 20_000,
  repeatable: true,
  minTrust: 'anonymous',
  isSensitive: false,
  run: (_input, { clock }) =>
    new Promise((resolve) => {
      clock.setTimer(3_000, () => resolve({ found: 'a table for two' }));
    }),
};

/** Lets promises of tools settle between two steps of the virtual clock. */
async function settle(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await Promise.resolve();
}

async function listenOn(call: Awaited<ReturnType<typeof callIn>>, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    call.listen(100);
    await settle();
  }
}

const callsLookup = {
  when: { turn: 1, callerSays: 'Hello' },
  say: '',
  isSilent: true,
  calls: [{ name: 'lookup', arguments: { query: 'table' } }],
  times: 1,
};

test('[V11] a slow tool is covered by the hold prompt and its result is spoken', async () => {
  const call = await callIn({
    script: { replies: [greeting, callsLookup, longAnswer] },
    tools: [slowLookup],
    persona: { tools: ['hangup_call', 'lookup'] },
  });
  await listenOn(call, 3_000);
  call.say(600);
  await listenOn(call, 9_000);
  call.caller.hangUp();
  const entries = call.record();
  assert.equal(only(entries, 'tool-call').length, 1);
  const [result] = only(entries, 'tool-result');
  assert.equal(result?.outcome, 'ok');
  assert.ok(only(entries, 'prompt').some(({ name }) => name === 'hold'));
  assert.ok(only(entries, 'agent-said').some(({ text }) => text.startsWith('This answer')));
});

test('[V11] hangup_call drops the line when the farewell has been played', async () => {
  const call = await callIn({
    script: {
      replies: [
        greeting,
        {
          say: 'Thank you for calling, goodbye.',
          sound: { kind: 'tone', hz: 600, ms: 2_010 },
          calls: [{ name: 'hangup_call', arguments: {} }],
          times: 10,
        },
      ],
    },
  });
  await listenOn(call, 3_000);
  call.say(600);
  await listenOn(call, 6_000);
  assert.equal(call.caller.endedHow, 'fin');
  assert.equal(call.caller.heard.at(-1)?.kind, messageKind.hangUp);
  const entries = call.record();
  assert.equal(only(entries, 'session-end')[0]?.cause, 'agent-hung-up');
  const farewell = only(entries, 'agent-said').find(({ text }) => text.includes('goodbye'));
  assert.equal(farewell?.heardMs, farewell?.receivedMs);
});

for (const [words, isSaid] of [
  ['Thank you for calling, goodbye.', true],
  ['The kitchen closes at ten.', false],
] as const) {
  const tells = isSaid ? 'is told' : 'is not told';
  test(`[V11] of "${words}" without hangup_call the log ${tells}`, async () => {
    const sound = { kind: 'tone', hz: 600, ms: 2_010 } as const;
    const call = await callIn({ script: { replies: [greeting, { say: words, sound }] } });
    call.listen(3_000);
    call.say(600);
    call.listen(5_000);
    const line = 'AI used farewell phrase without invoking hangup_call tool';
    assert.equal(call.messages().includes(line), isSaid);
  });
}

test('an error of ours ends its own call, and gives back what that call had', async () => {
  const world = await callIn();
  const other = world.call('40325ec2-5efd-4bd3-805f-53576e581d14');
  world.listen(1_000);
  const { session, caller } = world;
  assert.ok(session);
  const { playout } = session.core;
  let closed = 0;
  playout.close = () => {
    closed += 1;
  };
  session.core.tick = () => {
    throw new Error('ours');
  };
  world.listen(200);
  assert.equal(closed, 1);
  assert.equal(caller.endedHow, 'fin');
  const ends = only(world.record(), 'session-end').map(({ cause }) => cause);
  assert.deepEqual(ends, ['internal-error']);
  const before = other.caller.heard.length;
  world.listen(200);
  assert.equal(other.caller.heard.length - before, 10);
});

test('[V11] tools over the cap of a turn are refused and the model must answer', async () => {
  const call = await callIn({
    script: {
      replies: [
        greeting,
        { ...callsLookup, calls: Array.from({ length: 3 }, () => callsLookup.calls).flat() },
        longAnswer,
      ],
    },
    tools: [{ ...slowLookup, run: async () => 'quick' }],
    persona: { tools: ['lookup'] },
    settings: { toolCallsPerTurnMax: 2 },
  });
  await listenOn(call, 3_000);
  call.say(600);
  await listenOn(call, 4_000);
  call.caller.hangUp();
  const results = only(call.record(), 'tool-result');
  assert.deepEqual(results.map(({ outcome }) => outcome).sort(), ['ok', 'ok', 'refused']);
  assert.equal(results.find(({ outcome }) => outcome === 'refused')?.code, 'TOOL_CAP_REACHED');
});

test('[V19] a persona for verified callers is not to be had by others', async () => {
  const call = await callIn({ persona: { minTrust: 'verified' } });
  call.listen(3_000);
  assert.equal(call.caller.endedHow, 'fin');
  const entries = call.record();
  assert.equal(only(entries, 'error')[0]?.code, 'TRUST_TOO_LOW');
  assert.deepEqual(
    only(entries, 'prompt').map(({ name }) => name),
    ['unavailable'],
  );
});

for (const status of [401, 429]) {
  test(`[V12] a provider that refuses at open with ${status} is said, not silence`, async () => {
    const error = {
      message: 'no',
      code: status === 401 ? 'invalid_api_key' : 'rate_limit_exceeded',
    };
    const call = await callIn({
      script: { replies: [greeting], faults: [{ fault: 'refuse', status, error }] },
    });
    call.listen(60_000);
    assert.equal(call.caller.endedHow, 'fin');
    const entries = call.record();
    assert.ok(only(entries, 'prompt').some(({ name }) => name === 'unavailable'));
    assert.equal(only(entries, 'session-end')[0]?.cause, 'provider-failed');
  });
}

test('[V3] a lost link is opened again and the caller is answered', async () => {
  const call = await callIn({
    script: {
      replies: [greeting, longAnswer],
      faults: [{ fault: 'drop', when: { after: 'response.output_audio.delta', nth: 30 } }],
    },
  });
  call.listen(3_000);
  call.say(600);
  call.listen(12_000);
  call.caller.hangUp();
  const entries = call.record();
  const links = only(entries, 'link').map(({ state }) => state);
  assert.ok(links.filter((state) => state === 'ready').length >= 2, links.join());
  assert.equal(only(entries, 'session-end')[0]?.cause, 'caller-hung-up');
});

test('[B7] before the vendor ends a session the call moves on, unnoticed', async () => {
  const call = await callIn({
    timing: { sessionMsMax: 60_000, rollOverBeforeMs: 30_000 },
    settings: { silencePromptMs: 600_000 },
  });
  call.listen(3_000);
  call.say(600);
  call.listen(50_000);
  call.say(600);
  call.listen(3_000);
  call.caller.hangUp();
  const entries = call.record();
  const links = only(entries, 'link').map(({ state }) => state);
  assert.ok(links.includes('rolled-over'));
  assert.ok(!links.includes('lost'));
  assert.equal(only(entries, 'caller-said').length, 2);
  assert.equal(
    only(entries, 'agent-said').filter(({ text }) => text.startsWith('Hello')).length,
    1,
  );
});

test('[A5] a caller who stays silent is asked, then the line is dropped', async () => {
  const call = await callIn();
  call.listen(40_000);
  const entries = call.record();
  assert.deepEqual(
    only(entries, 'prompt').map(({ name }) => name),
    ['silence', 'goodbye'],
  );
  assert.equal(only(entries, 'session-end')[0]?.cause, 'silence');
});

test('[A5] a call is ended with a goodbye when it has lasted as long as it may', async () => {
  const call = await callIn({ settings: { callMsMax: 5_000 } });
  call.listen(10_000);
  const entries = call.record();
  assert.equal(only(entries, 'session-end')[0]?.cause, 'length-limit');
});

test('[A5] a call is ended with a goodbye when its replies have cost what they may', async () => {
  const prices = { inputText: 4, cachedText: 0, outputText: 16, inputAudio: 32 };
  const call = await callIn({
    settings: { costUsdMicrosMax: 1 },
    prices: { ...prices, cachedAudio: 0, outputAudio: 64 },
  });
  call.listen(10_000);
  const entries = call.record();
  assert.equal(only(entries, 'session-end')[0]?.cause, 'cost-limit');
  assert.deepEqual(
    only(entries, 'prompt').map(({ name }) => name),
    ['goodbye'],
  );
});

test('[V12] an answer of words without sound is asked for again, then excused', async () => {
  const call = await callIn({
    script: { replies: [greeting, { say: 'You cannot hear this.', isSilent: true, times: 100 }] },
  });
  call.listen(3_000);
  call.say(600);
  call.listen(5_000);
  call.caller.hangUp();
  const entries = call.record();
  assert.ok(only(entries, 'prompt').some(({ name }) => name === 'apology'));
});

test('[V12] a model that stalls is covered, then left for a new link', async () => {
  const call = await callIn({
    script: {
      replies: [greeting, longAnswer],
      faults: [
        {
          fault: 'stall',
          when: { after: 'input_audio_buffer.committed' },
          direction: 'to-client',
          forMs: 60_000,
        },
      ],
    },
    settings: { replyMsMax: 4_000 },
  });
  call.listen(3_000);
  call.say(600);
  call.listen(20_000);
  call.caller.hangUp();
  const entries = call.record();
  assert.ok(only(entries, 'prompt').some(({ name }) => name === 'hold'));
  assert.ok(only(entries, 'error').some(({ code }) => code === 'PROVIDER_TIMEOUT'));
  assert.ok(only(entries, 'link').filter(({ state }) => state === 'ready').length >= 2);
});

test('[V13] calls, turns and barge-ins are measured', async () => {
  const { listen, say, caller, metrics, clock } = await callIn();
  listen(3_000);
  say(600);
  listen(2_000);
  say(600);
  caller.hangUp();
  clock.advance(100);
  const of = (name: string) => metrics.values.get(`${name}/openai_realtime/audiosocket`);
  assert.ok((of('offhook_turn_response_seconds') ?? 0) > 0);
  assert.equal(of('offhook_barge_ins_total'), 1);
  assert.equal(of('offhook_calls_active'), 0);
  assert.equal(
    metrics.values.get('offhook_calls_total/openai_realtime/audiosocket/caller-hung-up'),
    1,
  );
});

test('[A5] calls beyond the limit are refused at once and those in progress go on', async () => {
  const world = await wireWorld({ script: { replies: [greeting] }, callsMax: 1 });
  world.clock.advance(100);
  const first = world.call();
  const second = world.call('50325ec2-5efd-4bd3-805f-53576e581d13');
  assert.equal(second.session, null);
  world.clock.advance(1_000);
  assert.equal(second.caller.endedHow, 'fin');
  assert.equal(world.sessions.count, 1);
  assert.equal(first.caller.endedHow, null);
  assert.equal(world.metrics.values.get('offhook_limits_total/CALLS_AT_LIMIT'), 1);
});

test('[O2] draining lets calls go on until the deadline and takes no new one', async () => {
  const world = await wireWorld({ script: { replies: [greeting] } });
  world.clock.advance(100);
  const first = world.call();
  let isDrained = false;
  const drained = world.sessions.drain(10_000).then(() => {
    isDrained = true;
  });
  const refused = world.call('50325ec2-5efd-4bd3-805f-53576e581d13');
  assert.equal(refused.session, null);
  world.clock.advance(9_000);
  await settle();
  assert.equal(first.caller.endedHow, null);
  assert.equal(isDrained, false);
  world.clock.advance(2_000);
  await drained;
  // A hang-up message, not a reset: the dialplan goes on with its next step.
  assert.equal(first.caller.heard.at(-1)?.kind, messageKind.hangUp);
  world.clock.advance(1_000);
  assert.equal(first.caller.endedHow, 'fin');
});
