import assert from 'node:assert/strict';
import { rmsDbfs } from '../../../audio/level.ts';
import type { SpeechDetector, SpeechEdge } from '../../detector.ts';
import { atLevel, bytesOf, joined, mixed, pause } from './sounds.ts';

export interface Edge {
  readonly edge: SpeechEdge;
  /** The end of the frame that brought it. */
  readonly atMs: number;
}

/** A detector for PCM at 8 kHz. */
export type MakeDetector = (onEdge: (edge: SpeechEdge) => void) => SpeechDetector;

const frameSamples = 160;

/** The edges that a detector finds in the caller's samples, told of the agent frame by frame. */
export function findEdges(make: MakeDetector, caller: Int16Array, agent?: Int16Array): Edge[] {
  const edges: Edge[] = [];
  let atMs = 0;
  const detector = make((edge) => edges.push({ edge, atMs }));
  for (let at = 0; at + frameSamples <= caller.length; at += frameSamples) {
    const agentFrame = agent?.subarray(at, at + frameSamples);
    if (agentFrame?.length === frameSamples) {
      const levelDbfs = rmsDbfs(bytesOf(agentFrame), 0, 2 * frameSamples, 'pcm_s16le');
      detector.agentLevel?.(levelDbfs);
    }
    atMs = (at + frameSamples) / 8;
    detector.push(bytesOf(caller.subarray(at, at + frameSamples)), 0, 2 * frameSamples);
  }
  return edges;
}

/**
 * Holds that an echo of the agent is no interruption, but a caller who talks over it is: every
 * agent with its own echo at -20 dB after 0, 60 and 200 ms, and with the next caller at -6 dB.
 */
export function assertSelective(
  make: MakeDetector,
  sounds: readonly Int16Array[],
  agentDbfs: number,
): void {
  for (const [index, sound] of sounds.entries()) {
    const agent = atLevel(sound, agentDbfs);
    for (const echoDelayMs of [0, 60, 200]) {
      const echo = joined(pause(echoDelayMs), atLevel(sound, agentDbfs - 20));
      const found = findEdges(make, echo, agent);
      assert.deepEqual(found, [], `echo of ${index} after ${echoDelayMs} ms`);
    }
    const caller = atLevel(sounds[(index + 1) % sounds.length]!, agentDbfs - 6);
    const [first] = findEdges(make, caller, agent);
    assert.equal(first?.edge, 'speech-start', `caller over ${index}`);
  }
}

/** Silence between two talkers: longer than any hang-over under trial. */
const gapMs = 1_600;

export interface Onsets {
  /** From where each talker begins to where speech was confirmed. */
  readonly startMs: readonly number[];
  /** From where each ceases to where speech was ended. */
  readonly endMs: readonly number[];
  readonly missedCount: number;
  /** Starts beyond one a talker: in the background, or in the middle of what one says. */
  readonly extraCount: number;
}

/** Has the talkers speak one after the other, at -20 dBFS over `background`. */
export function findOnsets(
  make: MakeDetector,
  talkers: readonly Int16Array[],
  background: Int16Array = pause(20),
): Onsets {
  const levelled = talkers.map((talker) => atLevel(talker, -20));
  const track = joined(...levelled.flatMap((talker) => [pause(gapMs), talker]), pause(gapMs));
  const edges = findEdges(make, mixed(track, background));
  const startMs: number[] = [];
  const endMs: number[] = [];
  let atMs = gapMs;
  for (const talker of levelled) {
    const voice = voiceIn(talker);
    const [fromMs, toMs] = [atMs + voice.fromMs, atMs + voice.toMs];
    const isOf = (edge: Edge): boolean => edge.atMs >= fromMs && edge.atMs < toMs + gapMs;
    const own = edges.filter(isOf);
    const start = own.find(({ edge }) => edge === 'speech-start');
    const end = own.findLast(({ edge }) => edge === 'speech-end');
    if (start) startMs.push(start.atMs - fromMs);
    if (end) endMs.push(end.atMs - toMs);
    atMs += talker.length / 8 + gapMs;
  }
  const startCount = edges.filter(({ edge }) => edge === 'speech-start').length;
  const missedCount = talkers.length - startMs.length;
  return { startMs, endMs, missedCount, extraCount: startCount - startMs.length };
}

/** A block of 10 ms belongs to the voice if it is at most this much softer than the loudest. */
const voiceRangeDb = 26;

/** Where a talker really begins and ceases, by level. */
function voiceIn(talker: Int16Array): { fromMs: number; toMs: number } {
  const levels = Array.from({ length: Math.floor(talker.length / 80) }, (_, block) =>
    rmsDbfs(bytesOf(talker), 160 * block, 160, 'pcm_s16le'),
  );
  const leastDbfs = Math.max(...levels) - voiceRangeDb;
  const isVoice = (levelDbfs: number): boolean => levelDbfs >= leastDbfs;
  return { fromMs: 10 * levels.findIndex(isVoice), toMs: 10 * (levels.findLastIndex(isVoice) + 1) };
}
