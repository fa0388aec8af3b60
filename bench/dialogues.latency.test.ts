import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTimeline } from '../src/cli/call-timeline.ts';
import { hearingOf, turnsIn } from './dialogues.latency.ts';

const rateHz = 8_000;
const samplesOf = (ms: number): number => ms * (rateHz / 1000);

/** A side of a call: tones at these times. */
function side(durationMs: number, ...tones: readonly (readonly [fromMs: number, ms: number])[]) {
  const samples = new Int16Array(samplesOf(durationMs));
  for (const [fromMs, ms] of tones) {
    for (let at = samplesOf(fromMs); at < samplesOf(fromMs + ms); at += 1) {
      samples[at] = 8_000 * Math.sin(at - samplesOf(fromMs));
    }
  }
  return samples;
}

const cue = { type: 'after-silence', quietMs: 0 } as const;

test('a turn is timed from the end of its speech, not of its noise, to the first answer', () => {
  const speech = side(900, [0, 600]);
  const caller = side(6_000, [1_000, 600], [4_000, 600]);
  const agent = side(6_000, [1_950, 400], [3_000, 1_200]);
  const line = { cue, speech: new Uint8Array(speech.buffer), speechEndMs: 600 };
  const turns = turnsIn(
    {
      ...{ end: 'agent-hung-up', rateHz, caller, agent, agentFrameCount: 300, latenessMsMax: 0 },
      timeline: callTimeline({ rateHz, caller, agent }),
    },
    [line, line],
  );
  assert.deepEqual(turns, [
    { startMs: 1_000, speechEndMs: 1_600, answerMs: 1_950, isOverAgent: false },
    { startMs: 4_000, speechEndMs: 4_600, answerMs: null, isOverAgent: true },
  ]);
});

test('what the gateway did to a turn is found by the item that was said then', () => {
  const turn = { startMs: 1_000, speechEndMs: 1_600, answerMs: 1_950, isOverAgent: false };
  const said = { type: 'caller-said', text: 'yes', sessionId: 's', sequence: 1, atEpochMs: 0 };
  const entry = (itemId: string, spokenAtMs: number) => ({ ...said, itemId, spokenAtMs }) as never;
  const entries = [entry('item_1', 100), entry('item_2', 900)];
  const line = (itemId: string, hangOverMs: number | null) => ({
    ...{ level: 'debug' as const, message: 'turn recognized' },
    fields: { itemId, hangOverMs, recognitionMs: 7 },
  });
  const log = [line('item_1', 300), line('item_2', null)];
  assert.deepEqual(hearingOf(turn, entries, log), { hangOverMs: null, recognitionMs: 7 });
  assert.equal(hearingOf({ ...turn, startMs: 4_000, speechEndMs: 5_000 }, entries, log), null);
});
