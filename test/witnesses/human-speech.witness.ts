import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { suite, type TestContext, test } from 'node:test';
import { createConverterFactory } from '../../src/audio/converter.ts';
import { createResamplerFactory } from '../../src/audio/resample.ts';
import { rampIndex } from '../../src/audio/tone.ts';
import { callerSpeech } from '../../src/cli/caller-speech.ts';
import type { CallResult } from '../../src/cli/place-call.ts';
import type { EmulatorScriptSource } from '../../src/realtime-server/script.ts';
import type { JournalEntry } from '../../src/store/store.ts';
import {
  type AudioSocketFormatName,
  audioSocketFormats,
} from '../../src/transports/audiosocket/wire.ts';
import { startEmulator } from '../emulator.ts';
import { startGateway } from '../gateway-process.ts';
import { startRelay } from './relay.ts';

/** Prompts that a woman has spoken: Debian's asterisk-core-sounds-en-wav. */
const sounds = '/usr/share/asterisk/sounds/en_US_f_Allison';
const question = `${sounds}/vm-unknown-caller.wav`;
const objection = `${sounds}/sorry-youre-having-problems.wav`;
const isInstalled = existsSync(question) && existsSync(objection);

const limits = { timeout: 40_000 };
const greetingMs = 810;
const farewellMs = 1_010;
const interruptAfterMs = 1_700;

/** `sound`: what tells its own place where nothing, or the line's own rate, comes between. */
const scriptWith = (kind: 'ramp' | 'ladder'): EmulatorScriptSource => ({
  callerSays: ['calling from an unknown number', 'sorry you are having problems'],
  replies: [
    { when: { turn: 0 }, say: 'Good day.', sound: { kind, ms: greetingMs } },
    { when: { turn: 1 }, say: 'This takes long.', sound: { kind, ms: 20_000 } },
    {
      say: 'Goodbye.',
      sound: { kind, ms: farewellMs },
      calls: [{ name: 'hangup_call', arguments: { reason: 'done' } }],
    },
  ],
});

interface Rig {
  readonly format: AudioSocketFormatName;
  readonly wire: 'pcm24' | 'pcmu';
  readonly kind: 'ramp' | 'ladder';
}

/** A person asks, cuts the answer off, and is taken leave of. */
async function talk(t: TestContext, { format, wire, kind }: Rig) {
  const emulator = await startEmulator(scriptWith(kind));
  const relay = await startRelay(emulator.url);
  t.after(async () => {
    relay.close();
    await emulator.close();
  });
  const openai_realtime = { base_url: relay.url, api_key: 'sk-witness', wire };
  const gateway = await startGateway(t, {
    config: {
      default_provider: 'openai_realtime',
      providers: { openai_realtime },
      audiosocket: { port: 0, format },
    },
  });
  const converters = createConverterFactory(createResamplerFactory());
  const [ask, object] = [question, objection].map((path) => {
    return callerSpeech(path, audioSocketFormats[format], converters);
  }) as [Uint8Array, Uint8Array];
  const result = await gateway.call({
    format,
    lines: [
      { cue: { type: 'after-agent', quietMs: 400 }, speech: ask },
      { cue: { type: 'over-agent', afterMs: interruptAfterMs }, speech: object },
    ],
    holdMs: 8_000,
    callMsMax: 30_000,
  });
  await gateway.log.line('call ended');
  return { result, journal: await gateway.journal(), sent: relay.sent, log: gateway.log };
}

const entriesOf = <Type extends JournalEntry['type']>(
  journal: readonly JournalEntry[],
  type: Type,
) => journal.filter((entry): entry is JournalEntry & { type: Type } => entry.type === type);

/** Silence within a reply that is no zero crossing: the machine was late, the sound goes on. */
const lateMsMin = 5;

/** How many milliseconds sounded of each thing the agent said; half a second parts them. */
function soundingMs({ agent, rateHz }: CallResult): number[] {
  const samplesPerMs = rateHz / 1_000;
  const sampleCounts: number[] = [];
  let lastLoudAt = Number.NEGATIVE_INFINITY;
  agent.forEach((sample, index) => {
    if (Math.abs(sample) < 200) return;
    const distance = index - lastLoudAt;
    lastLoudAt = index;
    if (distance > 500 * samplesPerMs) sampleCounts.push(1);
    else {
      const isLate = distance > lateMsMin * samplesPerMs;
      sampleCounts[sampleCounts.length - 1]! += isLate ? 1 : distance;
    }
  });
  // A sine begins at zero: its first sample or two are too faint to be seen.
  return sampleCounts.map((count) => Math.ceil(count / samplesPerMs));
}

suite('speech of a person', {
  concurrency: 3,
  skip: isInstalled ? false : `${sounds} is not there: install asterisk-core-sounds-en-wav`,
}, () => {
  const rigs: Rig[] = (['slin', 'slin16'] as const).flatMap((format) => {
    return (['pcm24', 'pcmu'] as const).map((wire) => ({ format, wire, kind: 'ladder' as const }));
  });
  for (const rig of rigs) {
    test(
      `[V1] [V9] [V10] a person is heard and obeyed by ${rig.format} over ${rig.wire}`,
      limits,
      async (t) => {
        const { result, journal, sent } = await talk(t, rig);
        assert.equal(result.end, 'agent-hung-up');
        const said = entriesOf(journal, 'caller-said').map(({ text }) => text);
        assert.deepEqual(said, ['calling from an unknown number', 'sorry you are having problems']);

        const [greeting, reply, farewell] = soundingMs(result);
        assert.ok(Math.abs((greeting ?? 0) - greetingMs) <= 6, `greeting of ${greeting} ms`);
        assert.ok(Math.abs((farewell ?? 0) - farewellMs) <= 6, `farewell of ${farewell} ms`);

        const truncated = sent.filter(({ type }) => type === 'conversation.item.truncate');
        assert.equal(truncated.length, 1);
        const heardMs = Number(truncated[0]?.audio_end_ms);
        assert.equal(heardMs, entriesOf(journal, 'barge-in')[0]?.heardMs);
        assert.ok(reply !== undefined);
        assert.ok(heardMs <= reply && heardMs >= reply - 20, `told ${heardMs}, heard ${reply} ms`);
      },
    );
  }

  test(
    '[V2] [V10] [V11] by slin24 over pcm24 every sample of the agent is heard',
    limits,
    async (t) => {
      const { result, journal, sent } = await talk(t, {
        format: 'slin24',
        wire: 'pcm24',
        kind: 'ramp',
      });
      assert.equal(result.end, 'agent-hung-up');
      const indexes = [...result.agent.filter((sample) => sample !== 0)].map(rampIndex);
      const starts = indexes.flatMap((value, at) => (value === 0 ? [at] : []));
      assert.equal(starts.length, 3);
      const [, replyAt = 0, farewellAt = 0] = starts;
      const greeting = indexes.slice(0, replyAt);
      const reply = indexes.slice(replyAt, farewellAt);
      const farewell = indexes.slice(farewellAt);
      assert.equal(greeting.length, greetingMs * 24);
      assert.equal(farewell.length, farewellMs * 24);
      for (const heard of [greeting, reply, farewell]) {
        assert.ok(heard.every((value, at) => value === at % 65_535));
      }
      const [{ audio_end_ms } = { audio_end_ms: 0 }] = sent.filter(({ type }) => {
        return type === 'conversation.item.truncate';
      });
      const heardMs = reply.length / 24;
      assert.ok(Number(audio_end_ms) <= heardMs && Number(audio_end_ms) > heardMs - 20);
      assert.equal(entriesOf(journal, 'session-end')[0]?.cause, 'agent-hung-up');
    },
  );
});
