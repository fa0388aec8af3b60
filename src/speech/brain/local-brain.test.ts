import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pcm } from '../../audio/format.ts';
import { fakeSpeech } from '../testing/fake-synthesizer.ts';
import { BrainRehearsal } from './testing/brain-rehearsal.ts';
import { grammarOfSentences } from './testing/fake-mind.ts';

test('[V5] callers are recognized while they speak, and answered in sentences', async () => {
  const call = new BrainRehearsal(['i would like a tea please']);
  call.mind.answers = [{ is: 'say', text: 'One tea. Anything else?' }];
  await call.update();
  await call.speak(2_000);
  const deltas = call.client.of('conversation.item.input_audio_transcription.delta');
  assert.match(deltas.map(({ delta }) => delta).join(''), /^i would like/);
  await call.hush(600);
  const { transcript } = call.client.last('conversation.item.input_audio_transcription.completed');
  assert.equal(transcript, 'i would like a tea please');
  assert.equal(call.mind.lastHeard, transcript);
  assert.deepEqual(call.said, ['One tea. Anything else?']);
  assert.deepEqual(
    call.voice.spoken.map(({ text }) => text),
    ['One tea.', 'Anything else?'],
  );
  const audio = call.client.of('response.output_audio.delta').map(({ delta }) => {
    return Buffer.from(delta, 'base64');
  });
  const sentences = ['One tea.', 'Anything else?'].map((text) => fakeSpeech(text, pcm(24000)));
  assert.ok(Buffer.concat(audio).equals(Buffer.concat(sentences)));
  assert.equal(call.client.last('response.done').response.status, 'completed');
});

test('deltas of a transcript add up to the whole', async () => {
  const call = new BrainRehearsal(['two goat stews and a beer']);
  await call.update();
  await call.speak(1_500);
  await call.hush(600);
  const deltas = call.client.of('conversation.item.input_audio_transcription.delta');
  const { transcript } = call.client.last('conversation.item.input_audio_transcription.completed');
  assert.equal(deltas.map(({ delta }) => delta).join(''), transcript);
});

/** How long after the last of the speech the server took the turn for over. */
async function silenceAfter(words: string, speechMs: number): Promise<number> {
  const call = new BrainRehearsal([words]);
  await call.update();
  await call.speak(speechMs);
  await call.hush(1_200);
  const { audio_end_ms } = call.client.last('input_audio_buffer.speech_stopped');
  return audio_end_ms - speechMs;
}

test('300 ms of silence end a whole sentence, 900 ms a number, 500 ms anything else', async () => {
  assert.equal(await silenceAfter('the bill please', 1_200), 300);
  assert.equal(await silenceAfter('my number is one two', 1_600), 900);
  assert.equal(await silenceAfter('my number is one two three', 2_000), 300);
  assert.equal(await silenceAfter('something else altogether', 1_500), 500);
});

test('in semantic turn detection a pause after a whole sentence ends the turn', async () => {
  const call = new BrainRehearsal(['the bill please', 'the bill']);
  await call.update({ audio: { input: { turn_detection: { type: 'semantic_vad' } } } });
  await call.speak(1_200);
  await call.hush(500);
  assert.equal(call.client.of('input_audio_buffer.speech_stopped').length, 1);
  await call.speak(1_200);
  await call.hush(2_000);
  assert.equal(call.client.of('input_audio_buffer.speech_stopped').length, 1, 'not complete');
});

test('typed words take the same way without the recognizer', async () => {
  const call = new BrainRehearsal();
  await call.update({ output_modalities: ['text'] });
  await call.ask('The bill, please.');
  assert.deepEqual([...call.mind.questions[0]!.heard], []);
  assert.equal(call.client.last('response.output_text.done').text, 'Very well.');
  assert.equal(call.voice.spoken.length, 0, 'text needs no voice');
});

test('tools go out as function calls after the words before them', async () => {
  const call = new BrainRehearsal();
  call.mind.answers = [
    { is: 'say', text: 'Let me look.' },
    { is: 'call', name: 'lookup_menu', argumentsJson: '{"query":"tea"}' },
  ];
  await call.update();
  await call.ask('tea?');
  const { output = [] } = call.client.last('response.done').response;
  assert.deepEqual(
    output.map((item) => item.type),
    ['message', 'function_call'],
  );
  const done = call.client.last('response.function_call_arguments.done');
  assert.equal(done.arguments, '{"query":"tea"}');
});

test('a persona that is swapped in a session brings its own sentences', async () => {
  const call = new BrainRehearsal();
  const waiter = grammarOfSentences('two teas');
  const cfo = grammarOfSentences('revenue in march');
  call.mind.grammars.set('waiter', waiter).set('cfo', cfo);
  await call.update({ prompt: { id: 'waiter' } });
  await call.update({ prompt: { id: 'waiter' } });
  await call.update({ prompt: { id: 'cfo' } });
  assert.deepEqual(call.recognizer.expected.slice(-2), [waiter, cfo]);
});

test('who speaks before it is known what callers may say is understood once it is', async () => {
  const call = new BrainRehearsal(['the bill please', 'two teas']);
  const { promise, resolve } = Promise.withResolvers<void>();
  call.mind.ready = promise;
  await call.update({ prompt: { id: 'waiter' } });
  for (const ms of [1_200, 800]) {
    await call.speak(ms);
    await call.hush(600);
  }
  assert.equal(call.mind.lastHeard, undefined, 'nothing has been recognized');
  resolve();
  await call.pass(100);
  const words = call.client.of('conversation.item.input_audio_transcription.completed');
  assert.deepEqual(
    words.map(({ transcript }) => transcript),
    ['the bill please', 'two teas'],
  );
  assert.equal(call.mind.lastHeard, 'two teas');
});

test('a caller is listened to although it cannot be known what callers may say', async () => {
  const call = new BrainRehearsal(['the bill please']);
  call.mind.ready = Promise.reject(new Error('the database is away'));
  await call.update({ prompt: { id: 'waiter' } });
  await call.speak(1_200);
  await call.hush(600);
  assert.equal(call.mind.lastHeard, 'the bill please');
  assert.equal(call.log.lines.filter(({ level }) => level === 'error').length, 1);
});

test('[V10] a caller who cuts in stops the reply', async () => {
  const call = new BrainRehearsal(['stop']);
  const sentence = 'This is one of very many sentences that nobody wants to hear at all.';
  call.mind.answers = [{ is: 'say', text: Array(20).fill(sentence).join(' ') }];
  await call.update();
  await call.ask('tell me everything');
  const spokenBefore = call.voice.spoken.length;
  assert.ok(spokenBefore < 10, `${spokenBefore} sentences were made ahead`);
  call.mind.answers = [{ is: 'say', text: 'Sorry.' }];
  await call.speak(400);
  assert.equal(call.client.last('response.done').response.status, 'cancelled');
  await call.hush(600);
  assert.equal(call.voice.spoken.at(-1)!.text, 'Sorry.');
  assert.equal(call.voice.spoken.length, spokenBefore + 1);
});

test('sentences are made ahead of the ear by ten seconds, not more', async () => {
  const call = new BrainRehearsal();
  const sentence = 'Ten words are spoken in just three seconds, not four.';
  call.mind.answers = [{ is: 'say', text: Array(10).fill(sentence).join(' ') }];
  await call.update();
  await call.ask('go on');
  assert.equal(call.voice.spoken.length, 4);
  await call.pass(6_000);
  assert.equal(call.voice.spoken.length, 6);
  await call.pass(20_000);
  assert.equal(call.voice.spoken.length, 10);
  assert.equal(call.client.last('response.done').response.status, 'completed');
});

test('where a reply was cut off is known to the word', async () => {
  const call = new BrainRehearsal();
  call.mind.answers = [{ is: 'say', text: 'one two three four five six.' }];
  await call.update();
  await call.ask('count');
  const item_id = call.client.last('response.output_audio.delta').item_id;
  call.client.send({
    type: 'conversation.item.truncate',
    ...{ item_id, content_index: 0, audio_end_ms: 700 },
  });
  call.client.send({ type: 'conversation.item.retrieve', item_id });
  const { item } = call.client.last('conversation.item.retrieved');
  const heard = item.type === 'message' ? item.content[0]?.transcript : null;
  assert.equal(heard, 'one two three');
});

test('speech that is not understood is given to the dialogue as such', async () => {
  const call = new BrainRehearsal([{ is: 'refused' }]);
  await call.update();
  await call.speak(600);
  await call.hush(600);
  assert.equal(call.mind.lastHeard, null);
  const { transcript } = call.client.last('conversation.item.input_audio_transcription.completed');
  assert.equal(transcript, '');
  assert.deepEqual(call.metrics.values.get('offhook_recognitions_total/refused'), 1);
});

test('[V5] an engine that dies on what the caller says is made up for by an apology', async () => {
  const call = new BrainRehearsal([{ is: 'lost' }, 'the bill please']);
  call.mind.answers = [{ is: 'say', text: 'Could you say that again?' }];
  await call.update();
  await call.speak(600);
  await call.hush(600);
  assert.match(call.said[0]!, /^I am sorry, .* Could you say that again\?$/);
  assert.equal(call.client.of('conversation.item.input_audio_transcription.failed').length, 1);
  call.mind.answers = [{ is: 'say', text: 'Here it is.' }];
  await call.pass(4_000);
  await call.speak(1_200);
  await call.hush(600);
  assert.equal(call.said[1], 'Here it is.');
});

test('a voice that fails fails the response, and the next one is spoken', async () => {
  const call = new BrainRehearsal();
  call.voice.isHealthy = false;
  await call.update();
  await call.ask('hello');
  const { status, status_details } = call.client.last('response.done').response;
  assert.equal(status, 'failed');
  assert.equal(status_details?.error?.code, 'speech_engine_lost');
  call.voice.isHealthy = true;
  await call.ask('hello');
  assert.deepEqual(call.said, ['Very well.']);
});

test('a mind that fails fails the response', async () => {
  const call = new BrainRehearsal();
  call.mind.isFailing = true;
  await call.update();
  await call.ask('hello');
  assert.equal(call.client.last('response.done').response.status, 'failed');
});

test('[V12] who never stops talking is answered after 15 s, and heard after a pause', async () => {
  const call = new BrainRehearsal(['bla', 'the bill please']);
  await call.update();
  await call.speak(17_000);
  assert.equal(call.client.of('input_audio_buffer.speech_stopped').length, 1);
  assert.deepEqual(call.said, ['Very well.']);
  assert.equal(call.client.last('response.done').response.status, 'completed');
  await call.hush(400);
  await call.speak(1_200);
  await call.hush(400);
  assert.equal(call.said.length, 2);
});

test('a turn that the client throws away is not answered', async () => {
  const call = new BrainRehearsal(['never mind', 'the bill please']);
  await call.update();
  await call.speak(600);
  call.client.send({ type: 'input_audio_buffer.clear' });
  await call.hush(1_000);
  assert.equal(call.mind.questions.length, 0);
  await call.speak(1_200);
  await call.hush(400);
  assert.equal(call.mind.lastHeard, 'the bill please');
});

test('a turn that the client commits itself is recognized whole', async () => {
  const call = new BrainRehearsal(['the bill please']);
  await call.update({ audio: { input: { turn_detection: null } } });
  await call.speak(1_200);
  call.client.send({ type: 'input_audio_buffer.commit' });
  call.client.send({ type: 'response.create' });
  await call.pass(100);
  assert.equal(call.mind.lastHeard, 'the bill please');
});

test('a client that goes away leaves nothing behind', async () => {
  const call = new BrainRehearsal(['the bill please']);
  await call.update();
  await call.speak(600);
  call.client.socket.close(1000, '');
  await call.pass(100);
  assert.equal(call.recognizer.openCount, 0);
  assert.equal(call.client.clock.pendingCount, 0);
});
