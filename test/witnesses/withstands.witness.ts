/** What a gateway with our own engine withstands: real threads, real sockets, real time. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { recordingLog, recordingMetrics } from '../../sim/recorders.ts';
import { pcm } from '../../src/audio/format.ts';
import { GrowingRecord } from '../../src/cli/demo/growing-record.ts';
import { fill } from '../../src/cli/demo.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type CallerLine, type CallResult, placeCall } from '../../src/cli/place-call.ts';
import { withPrivateGateway } from '../../src/cli/private-gateway.ts';
import type { Gateway } from '../../src/main.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { connectTcp } from '../../src/runtime/tcp-socket.ts';
import { FliteSynthesizer } from '../../src/speech/flite/flite-synthesizer.ts';
import type { FliteWork } from '../../src/speech/flite/flite-work.ts';
import { defaultListenerSettings } from '../../src/speech/soundswallower/listener.ts';
import type { RecognizerWork } from '../../src/speech/soundswallower/recognizer-work.ts';
import { MortalThreads } from '../../src/speech/testing/mortal-threads.ts';
import {
  atLevel,
  bytesOf,
  joined,
  keyTones,
  mixed,
  ringing,
  whiteNoise,
} from '../../src/speech/vad/testing/sounds.ts';
import type { JournalEntry } from '../../src/store/store.ts';

const clock = systemClock();
const speechFolder = new URL('../../src/speech/', import.meta.url);
const limits = { timeout: 60_000 };
/** As loud as a telephone is. */
const levelDbfs = -22;
/** A sample above this is of somebody who speaks. */
const soundMin = 200;
const asked = { type: 'after-agent', quietMs: 700 } as const;

interface Played {
  readonly result: CallResult;
  readonly entries: readonly JournalEntry[];
}

interface CallMore {
  readonly holdMs?: number;
  /** Told how much sound the caller has made so far. */
  readonly onSpeech?: (spokenMs: number) => void;
}

/** A gateway whose threads can be killed, while `work` goes on. */
async function withMortals(
  work: (parts: {
    readonly gateway: Gateway;
    readonly ear: MortalThreads<RecognizerWork>;
    readonly voice: MortalThreads<FliteWork>;
  }) => Promise<void>,
): Promise<void> {
  const file = (path: string) => new URL(path, speechFolder);
  const ear = new MortalThreads<RecognizerWork>(
    file('soundswallower/recognizer.worker.ts'),
    defaultListenerSettings,
  );
  const voice = new MortalThreads<FliteWork>(file('flite/flite.worker.ts'));
  const settings = {
    default_persona: 'waiter',
    'session.silence_prompt_s': '3',
    'session.silence_goodbye_s': '3',
    'session.loop_lag_max_ms': '1000',
  };
  const speechThreads = { recognizer: ear.open, synthesizer: voice.open };
  const log = recordingLog();
  await withPrivateGateway(
    { script: null, settings, prepare: fill, log, speechThreads },
    async (gateway) => {
      await gateway.warmed;
      await work({ gateway, ear, voice });
    },
  );
}

async function callTo(
  gateway: Gateway,
  lines: readonly CallerLine[],
  { holdMs = 20_000, onSpeech = () => undefined }: CallMore = {},
): Promise<Played> {
  const uuid = systemRandom().uuid();
  const record = new GrowingRecord(gateway, uuid, clock);
  const following = record.follow(() => undefined);
  let spokenMs = 0;
  const result = await placeCall(
    {
      ...{ host: '127.0.0.1', port: gateway.audioSocketPort, uuid, format: 'slin', lines },
      ...{ holdMs, callMsMax: 50_000 },
    },
    {
      ...{ clock, connect: connectTcp },
      onSound({ caller }) {
        if (!caller.some((sample) => Math.abs(sample) > soundMin)) return;
        spokenMs += 20;
        onSpeech(spokenMs);
      },
    },
  );
  record.callEnded();
  await following;
  return { result, entries: record.entries };
}

const spoken = (...speeches: readonly Uint8Array[]): readonly CallerLine[] =>
  speeches.map((speech) => ({ cue: asked, speech }));

const sentences = {
  order: "I'd like three goat brochettes.",
  nonsense: 'The weather in the mountains was terrible for our football team.',
  beside: 'Have you seen my keys anywhere, I think they are upstairs.',
} as const;
const speech = new Map<keyof typeof sentences, Uint8Array>();
const samplesOf = ({ buffer, byteOffset, length }: Uint8Array) =>
  new Int16Array(buffer, byteOffset, length / 2);

/** All sentences, made once: calls are not slowed by it. */
before(async () => {
  const voice = new FliteSynthesizer({ clock, log: recordingLog(), metrics: recordingMetrics() });
  const { signal } = new AbortController();
  for (const name of ['order', 'nonsense', 'beside'] as const) {
    const text = sentences[name];
    speech.set(name, await voice.speak({ text, voice: 'rms', format: pcm(8_000), signal }));
  }
  await voice.close();
});

const said = (entries: readonly JournalEntry[]) =>
  entries.flatMap((entry) => (entry.type === 'agent-said' ? entry.heardText : [])).join('\n');
const prompts = (entries: readonly JournalEntry[]) =>
  entries.flatMap((entry) => (entry.type === 'prompt' ? entry.name : []));
const causeOf = (entries: readonly JournalEntry[]) =>
  entries.flatMap((entry) => (entry.type === 'session-end' ? entry.cause : []));
const toolsOf = (entries: readonly JournalEntry[]) =>
  entries.flatMap((entry) => (entry.type === 'tool-call' ? entry.name : []));

async function unreadyReason(gateway: Gateway): Promise<string | null> {
  const answer = await fetch(`${gateway.apiUrl}/readyz`);
  const text = await answer.text();
  return answer.ok ? null : text;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    await new Promise<void>((resolve) => void clock.setTimer(100, resolve));
  }
}

/** A chord that fades, over and over: speech it is not. */
function music(durationMs: number): Int16Array {
  return Int16Array.from({ length: durationMs * 8 }, (_, at) => {
    const fading = Math.exp((-4 * (at % 2_000)) / 2_000);
    const tones = [262, 330, 392].map((hz) => Math.sin((2 * Math.PI * hz * at) / 8_000));
    return Math.round(8_000 * fading * tones.reduce((sum, tone) => sum + tone / 3, 0));
  });
}

suite('a gateway of our own engine withstands', { concurrency: true }, () => {
  test('callers who do not speak: nothing is ordered, they are taken leave of', limits, () =>
    withMortals(async ({ gateway }) => {
      const noises = [whiteNoise, keyTones, ringing, music].map((make) =>
        spoken(bytesOf(atLevel(make(5_000), levelDbfs))),
      );
      const digits: readonly CallerLine[] = [{ cue: asked, digits: '12#' }];
      const calls = await Promise.all([[], digits, ...noises].map((each) => callTo(gateway, each)));
      for (const { entries, result } of calls) {
        assert.deepEqual(prompts(entries), ['silence', 'goodbye']);
        assert.deepEqual(causeOf(entries), ['silence']);
        assert.deepEqual(toolsOf(entries), []);
        assert.equal(result.end, 'agent-hung-up');
      }
      const pressed = calls[1]?.entries.filter(({ type }) => type === 'digit');
      assert.equal(pressed?.length, 3);
    }),
  );

  test('words that no grammar has, and two voices at once: answered, nothing ordered', limits, () =>
    withMortals(async ({ gateway }) => {
      const [order, nonsense, beside] = (['order', 'nonsense', 'beside'] as const).map((name) =>
        samplesOf(speech.get(name)!),
      );
      const both = mixed(joined(order!, order!), beside!);
      const [strange, double] = await Promise.all(
        [nonsense!, both].map((sound) =>
          callTo(gateway, spoken(bytesOf(sound)), { holdMs: 2_500 }),
        ),
      );
      // What was understood of it is read back before it is ordered, which nobody confirms.
      for (const { entries } of [strange!, double!]) {
        assert.equal(entries.filter(({ type }) => type === 'agent-said').length, 2);
        assert.equal(toolsOf(entries).includes('place_order'), false);
      }
    }),
  );

  test('an ear that dies in mid-sentence and a voice that dies at its reply', limits, () =>
    withMortals(async ({ gateway, ear, voice }) => {
      const order = speech.get('order')!;
      const { entries } = await callTo(gateway, spoken(order, order), {
        holdMs: 2_500,
        onSpeech(spokenMs) {
          if (spokenMs === 800) void ear.kill();
          if (spokenMs === 2_400) voice.killAtNextAsk();
        },
      });
      const told = said(entries);
      assert.match(told, /something went wrong on my side/);
      assert.match(told, /I have noted .*brochettes/i, JSON.stringify(entries));
      assert.deepEqual(causeOf(entries), ['caller-hung-up']);
    }),
  );

  test(
    'a voice that dies as it is started: not ready, calls refused aloud, then well',
    limits,
    () =>
      withMortals(async ({ gateway, voice }) => {
        const inProgress = callTo(gateway, spoken(speech.get('order')!), {
          onSpeech(spokenMs) {
            if (spokenMs !== 100) return;
            voice.isCursed = true;
            void voice.kill();
          },
        });
        await until(async () => (await unreadyReason(gateway)) !== null);
        assert.match((await unreadyReason(gateway)) ?? '', /PROVIDER_NOT_READY/);
        const refused = await callTo(gateway, []);
        assert.deepEqual(prompts(refused.entries), ['unavailable']);
        assert.deepEqual(causeOf(refused.entries), ['provider-failed']);
        assert.ok((refused.result.timeline.agent[0]?.startMs ?? Infinity) < 1_000);
        const { entries } = await inProgress;
        assert.deepEqual(prompts(entries), ['apology', 'silence', 'goodbye']);
        assert.deepEqual(causeOf(entries), ['silence']);
        voice.isCursed = false;
        await until(async () => (await unreadyReason(gateway)) === null);
        const metrics = await (await fetch(`${gateway.apiUrl}/metrics`)).text();
        assert.match(metrics, /speech_thread_ends_total\{crew="synthesizer"\} \d/);
      }),
  );

  test('a person who leaves the demo in the middle: nothing is left of it', limits, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'offhook-test-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const scratch = join(folder, 'scratch');
    mkdirSync(scratch);
    const program = join(import.meta.dirname, '..', 'offhook.child.ts');
    const demo = spawn(process.execPath, [program, 'demo', '--quiet'], {
      cwd: folder,
      env: { TMPDIR: scratch },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(demo, 'close');
    let printed = '';
    for await (const bytes of demo.stdout) {
      printed += String(bytes);
      if (/agent {2}/.test(printed)) demo.kill('SIGINT');
    }
    assert.deepEqual(await ended, [exitCodes.interrupted, null]);
    assert.deepEqual([readdirSync(scratch), readdirSync(folder)], [[], ['scratch']]);
  });
});
