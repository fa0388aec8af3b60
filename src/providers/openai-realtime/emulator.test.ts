import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { pcm } from '../../audio/format.ts';
import { silentLog, silentMetrics } from '../../observe/testing/silent.ts';
import { connectInMemory } from '../../realtime-server/memory-pipe.ts';
import { RealtimeServer } from '../../realtime-server/realtime-server.ts';
import { type EmulatorScriptSource, emulatorScript } from '../../realtime-server/script.ts';
import { scriptBrain } from '../../realtime-server/script-brain.ts';
import { seededRandom } from '../../runtime/random.ts';
import type { ProviderEvent, ProviderSession } from '../provider.ts';
import { openaiRealtimeProvider } from './openai-realtime-provider.ts';
import { plainOptions } from './testing/plain-options.ts';
import { plainSetup } from './testing/plain-setup.ts';

interface Rig {
  readonly clock: VirtualClock;
  readonly link: ProviderSession;
  readonly told: ProviderEvent[];
  readonly audioBytes: Map<string, number>;
}

/** A link to the emulator in the same process, which plays `source`. */
function rig(source: EmulatorScriptSource, authority: 'provider' | 'gateway' = 'gateway'): Rig {
  const clock = new VirtualClock();
  const script = emulatorScript.parse(source);
  const random = seededRandom(1);
  const { faults } = script;
  const server = new RealtimeServer({ clock, random, brain: scriptBrain(script), faults });
  const provider = openaiRealtimeProvider(
    {
      ...plainOptions,
      name: 'local',
      url: 'ws://in.memory/v1/realtime',
      model: 'scripted',
      apiKey: null,
      needsApiKey: false,
      transcriptionModel: 'scripted',
      retentionRatio: 0.8,
      sendsPrompt: true,
    },
    { clock, log: silentLog, metrics: silentMetrics, connect: connectInMemory(server, clock) },
  );
  const told: ProviderEvent[] = [];
  const audioBytes = new Map<string, number>();
  const tool = {
    name: 'lookup_menu',
    description: 'Finds dishes.',
    parameters: { type: 'object' },
  };
  const link = provider.open(
    {
      ...plainSetup,
      callerFormat: pcm(24000),
      agentFormat: pcm(24000),
      persona: { ...plainSetup.persona, voice: 'cedar', language: 'en', tools: [tool] },
      turnDetection: { ...plainSetup.turnDetection, authority },
      history: [
        { type: 'caller-said', text: 'Hello?' },
        { type: 'agent-said', text: 'Hello.' },
      ],
    },
    (event) => {
      if (event.type !== 'agent-audio') told.push(event);
      else audioBytes.set(event.itemId, (audioBytes.get(event.itemId) ?? 0) + event.length);
    },
  );
  return { clock, link, told, audioBytes };
}

function of<Type extends ProviderEvent['type']>(told: readonly ProviderEvent[], type: Type) {
  return told.filter((event): event is Extract<ProviderEvent, { type: Type }> => {
    return event.type === type;
  });
}

test('[B2] a link and the emulator hold a conversation with a tool to its end', () => {
  const { clock, link, told, audioBytes } = rig({
    replies: [
      { when: { afterTool: 'lookup_menu' }, say: 'We have brochettes.' },
      { say: 'One moment.', calls: [{ name: 'lookup_menu', arguments: { query: 'fish' } }] },
    ],
  });
  clock.advance(1_000);
  assert.equal(told[0]?.type, 'ready');
  link.send({ type: 'reply-start', requestId: 'req_1' });
  clock.advance(30_000);
  const [call] = of(told, 'tool-call');
  assert.equal(call?.argumentsJson, '{"query":"fish"}');
  link.send({ type: 'tool-results', results: [{ callId: call.callId, outputJson: '[]' }] });
  link.send({ type: 'reply-start', requestId: 'req_2' });
  clock.advance(30_000);
  const starts = of(told, 'reply-start').map(({ requestId }) => requestId);
  const ends = of(told, 'reply-end').map(({ outcome }) => outcome);
  const said = of(told, 'agent-text').flatMap(({ isFinal, text }) => (isFinal ? [text] : []));
  assert.deepEqual(starts, ['req_1', 'req_2']);
  assert.deepEqual(ends, ['completed', 'completed']);
  assert.deepEqual(said, ['One moment.', 'We have brochettes.']);
  assert.equal(audioBytes.size, 2);
  assert.deepEqual(of(told, 'warning'), []);
});

test('[V10] a reply is cancelled and cut at what was heard, and the emulator accepts it', () => {
  const { clock, link, told, audioBytes } = rig({ speed: 1, replies: [{ say: 'x '.repeat(200) }] });
  clock.advance(1_000);
  link.send({ type: 'reply-start', requestId: 'req_1' });
  clock.advance(2_000);
  const [start] = of(told, 'reply-start');
  const [itemId] = audioBytes.keys();
  assert.ok(start !== undefined && itemId !== undefined);
  link.send({ type: 'reply-cancel', replyId: start.replyId });
  link.send({ type: 'item-truncate', itemId, contentIndex: 0, heardMs: 250.5 });
  clock.advance(1_000);
  assert.equal(of(told, 'reply-end')[0]?.outcome, 'cancelled');
  assert.deepEqual(of(told, 'warning'), []);
});

test('a second request while a reply runs is refused, and answered when it is sent again', () => {
  const { clock, link, told } = rig({ replies: [{ say: 'One.' }, { say: 'Two.' }] });
  clock.advance(1_000);
  link.send({ type: 'reply-start', requestId: 'req_1' });
  link.send({ type: 'reply-start', requestId: 'req_2' });
  clock.advance(30_000);
  assert.deepEqual(of(told, 'request-refused'), [{ type: 'request-refused', requestId: 'req_2' }]);
  link.send({ type: 'reply-start', requestId: 'req_2' });
  clock.advance(30_000);
  const starts = of(told, 'reply-start').map(({ requestId }) => requestId);
  assert.deepEqual(starts, ['req_1', 'req_2']);
});
