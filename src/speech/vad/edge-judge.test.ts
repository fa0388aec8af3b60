import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EdgeJudge } from './edge-judge.ts';

const rules = { blockMs: 10, confirmMs: 30, confidence: 0.6, hysteresis: 0.2 };
const threshold = 0.5;

/** The edges of a run of scores, each with the number of blocks it took. */
function edgesOf(judge: EdgeJudge, scores: readonly number[]): string[] {
  return scores.flatMap((score, at) => {
    const edge = judge.judge(score, threshold);
    return edge === null ? [] : [`${edge} ${at + 1}`];
  });
}

const blocks = (count: number, score: number): number[] => Array(count).fill(score);

test('speech begins once enough of a stretch sounds, with gaps as far as confidence allows', () => {
  assert.deepEqual(edgesOf(new EdgeJudge(rules), blocks(3, 0.5)), ['speech-start 3']);
  assert.deepEqual(edgesOf(new EdgeJudge(rules), [1, 0, 1, 0, 1]), ['speech-start 5']);
  assert.deepEqual(edgesOf(new EdgeJudge(rules), [1, 0, 0, 1, 0, 1, 1]), ['speech-start 7']);
  const gapless = new EdgeJudge({ ...rules, confidence: 1 });
  assert.deepEqual(edgesOf(gapless, [1, 1, 0, 1, 1, 0, 1, 1]), []);
});

test('what confirms a start is completed to whole blocks', () => {
  const judge = new EdgeJudge({ ...rules, blockMs: 32, confirmMs: 90 });
  assert.deepEqual(edgesOf(judge, blocks(5, 1)), ['speech-start 3']);
});

test('speech goes on at less than what began it, and ends after the hang-over', () => {
  const judge = new EdgeJudge(rules);
  edgesOf(judge, blocks(3, 1));
  assert.deepEqual(edgesOf(judge, blocks(100, 0.3)), []);
  assert.deepEqual(edgesOf(judge, blocks(100, 0.29)), ['speech-end 50']);
  assert.deepEqual(edgesOf(judge, blocks(100, 0.29)), []);
});

test('a hang-over that changes counts for the silence that has begun', () => {
  const judge = new EdgeJudge(rules);
  edgesOf(judge, blocks(3, 1));
  assert.deepEqual(edgesOf(judge, blocks(40, 0)), []);
  judge.setHangOverMs(300);
  assert.deepEqual(edgesOf(judge, [0]), ['speech-end 1']);
  judge.setHangOverMs(900);
  edgesOf(judge, blocks(3, 1));
  assert.deepEqual(edgesOf(judge, blocks(90, 0)), ['speech-end 90']);
});

test('a reset forgets speech and what would have confirmed it', () => {
  const judge = new EdgeJudge(rules);
  edgesOf(judge, blocks(3, 1));
  judge.reset();
  assert.deepEqual(edgesOf(judge, [1, 1]), []);
  judge.reset();
  assert.deepEqual(edgesOf(judge, [1, 1, 1]), ['speech-start 3']);
});
