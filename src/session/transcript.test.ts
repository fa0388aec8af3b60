import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spokenWords, Transcript, transcriptLengthMax } from './transcript.ts';

const heard = (itemId: string, heardMs: number, receivedMs: number) => ({
  replyId: 'reply_1',
  itemId,
  contentIndex: 0,
  heardMs,
  receivedMs,
});

function transcriptWithReply(text: string, receivedMs: number): Transcript {
  const transcript = new Transcript();
  const item = { replyId: 'reply_1', itemId: 'item_1' };
  transcript.agentSays({ ...item, text, isFinal: true }, 100);
  transcript.agentSounds(item, receivedMs, 100);
  transcript.agentAudioComplete('item_1');
  return transcript;
}

test('[B3] every word of a reply that was cut off is heard, partly heard or unheard', () => {
  const words = spokenWords({
    text: 'one two three four',
    receivedMs: 1_800,
    heardMs: 500,
    isAudioComplete: true,
  });
  assert.deepEqual(
    words.map(({ text, state }) => `${text} ${state}`),
    ['one heard', 'two partly', 'three unheard', 'four unheard'],
  );
});

test('[B3] all words of an item that was played to its end were heard', () => {
  const item = { text: 'to the last word', receivedMs: 1_234.7, heardMs: 1_234 };
  const words = spokenWords({ ...item, isAudioComplete: true });
  assert.ok(words.every(({ state }) => state === 'heard'));
});

test('[B3] words come later while the length of the sound is not known', () => {
  const item = { text: 'a word that takes its time', receivedMs: 200, heardMs: 200 };
  const known = spokenWords({ ...item, isAudioComplete: true });
  const unknown = spokenWords({ ...item, isAudioComplete: false });
  assert.ok(known.every(({ state }) => state === 'heard'));
  assert.deepEqual(
    unknown.map(({ state }) => state),
    ['heard', 'partly', 'unheard', 'unheard', 'unheard', 'unheard'],
  );
});

test('[V10] the transcript keeps what was heard of a cut reply and marks the rest', () => {
  const transcript = transcriptWithReply('one two three four', 1_800);
  assert.equal(transcript.agentHeard(heard('item_1', 800, 1_800)), null);
  const [body] = transcript.replyEnded('reply_1');
  assert.ok(body?.type === 'agent-said');
  assert.equal(body.text, 'one two three four');
  assert.equal(body.heardText, 'one two');
  assert.equal(body.heardMs, 800);
  assert.equal(body.words.length, 4);
});

test('[V3] a new link is told only what was heard', () => {
  const transcript = transcriptWithReply('one two three four', 1_800);
  assert.deepEqual(transcript.history(), []);
  transcript.agentHears(heard('item_1', 800, 1_800));
  assert.deepEqual(transcript.history(), [{ type: 'agent-said', text: 'one two' }]);
});

test('what was said is told in the order in which it was spoken, not in which words came', () => {
  const transcript = transcriptWithReply('the answer', 500);
  transcript.callerSpeaks('caller_1', 50);
  transcript.agentItemStarted('item_1', 400);
  transcript.agentHeard(heard('item_1', 500, 500));
  const body = transcript.callerSaid(
    { itemId: 'caller_1', text: 'the question', isFinal: true },
    900,
  );
  assert.ok(body?.type === 'caller-said');
  assert.equal(body.spokenAtMs, 50);
  assert.deepEqual(transcript.history(), [
    { type: 'caller-said', text: 'the question' },
    { type: 'agent-said', text: 'the answer' },
  ]);
});

test('partial words of the caller add up and the final ones replace them', () => {
  const transcript = new Transcript();
  transcript.callerSaid({ itemId: 'caller_1', text: 'two pla', isFinal: false }, 0);
  transcript.callerSaid({ itemId: 'caller_1', text: 'tes', isFinal: false }, 0);
  assert.deepEqual(transcript.history(), [{ type: 'caller-said', text: 'two plates' }]);
  transcript.callerSaid({ itemId: 'caller_1', text: 'Two plates.', isFinal: true }, 0);
  assert.deepEqual(transcript.history(), [{ type: 'caller-said', text: 'Two plates.' }]);
});

test('a sound of which no word was understood leaves no line', () => {
  const transcript = new Transcript();
  transcript.callerSaid({ itemId: 'item_1', text: 'how', isFinal: false }, 100);
  const said = { itemId: 'item_1', text: ' ', isFinal: true };
  assert.equal(transcript.callerSaid(said, 900), null);
  assert.equal(transcript.saidCount, 0);
  assert.deepEqual(transcript.history(), []);
});

test('a tool call is told with its result once there is one', () => {
  const transcript = new Transcript();
  const call = { callId: 'call_1', name: 'lookup', argumentsJson: '{}' };
  transcript.toolCalled(call, 0);
  assert.deepEqual(transcript.history(), [{ type: 'tool-call', ...call }]);
  transcript.toolAnswered({
    callId: 'call_1',
    name: 'lookup',
    outcome: 'ok',
    code: null,
    outputJson: '1',
    tookMs: 1,
    sequel: null,
  });
  assert.equal(transcript.history().length, 2);
});

test('[V12] a reply of words without sound, or with far too little, is told apart', () => {
  const mute = new Transcript();
  mute.agentSays({ replyId: 'r', itemId: 'i', text: 'words', isFinal: true }, 0);
  assert.equal(mute.carried('r'), 'text-only');
  assert.equal(mute.carried('another'), 'nothing');
  const text = 'a greeting that takes at least three seconds to say';
  assert.equal(transcriptWithReply(text, 1_000).carried('reply_1'), 'cut-short');
  assert.equal(transcriptWithReply(text, 3_000).carried('reply_1'), 'audio');
});

test('a very long call forgets its oldest words and counts them', () => {
  const transcript = new Transcript();
  for (let index = 0; index < transcriptLengthMax + 7; index += 1) {
    transcript.callerSaid({ itemId: `c${index}`, text: `${index}`, isFinal: true }, index);
  }
  assert.equal(transcript.history().length, transcriptLengthMax);
  assert.equal(transcript.forgottenCount, 7);
});

test('what somebody says is theirs, also when it is understood after they have left', () => {
  const transcript = new Transcript();
  transcript.callerSpeaks('mine', 100);
  transcript.attend('second');
  transcript.callerSpeaks('theirs', 200);
  transcript.attend('caller');
  transcript.callerSaid({ itemId: 'theirs', text: 'Put them', isFinal: false }, 300);
  assert.equal(transcript.speakerOf('mine'), 'caller');
  assert.equal(transcript.speakerOf('theirs'), 'second');
  assert.equal(transcript.speakerOf('unknown'), null);
});
