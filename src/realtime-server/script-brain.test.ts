import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mulaw8k, pcm } from '../audio/format.ts';
import { mulaw } from '../audio/g711.ts';
import { ladderHz, rampIndex, strongestHz } from '../audio/tone.ts';
import { demoScript, type EmulatorScriptSource, emulatorScript } from './script.ts';
import { scriptBrain } from './script-brain.ts';
import { makeSound, readSound } from './script-sound.ts';
import { Rehearsal } from './testing/rehearsal.ts';

const tone = { kind: 'tone', ms: 100 } as const;

function sayings(script: EmulatorScriptSource, turns: readonly string[]): string[] {
  const client = new Rehearsal({ script });
  const say = () => {
    client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    client.clock.advance(5_000);
    return client.last('response.output_text.done').text;
  };
  const said = [say()];
  for (const text of turns) {
    client.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    said.push(say());
  }
  return said;
}

test('replies are said in order, by turn and by what the caller says; the last one repeats', () => {
  const replies = [
    { when: { turn: 0 }, say: 'Welcome.' },
    { when: { callerSays: 'fish|tilapia' }, say: 'Fish it is.' },
    { say: 'First.' },
    { say: 'Second.' },
  ];
  const said = sayings({ replies }, ['Hi', 'Do you have FISH?', 'So', 'And', 'Well']);
  assert.deepEqual(said, ['Welcome.', 'First.', 'Fish it is.', 'Second.', 'Second.', 'Second.']);
});

test('a greeting can be chosen by the instructions of its response', () => {
  const client = new Rehearsal({
    script: { replies: [{ when: { instructionsSay: 'greet' }, say: 'Hi!' }, { say: 'No.' }] },
  });
  const response = { instructions: 'Greet the caller.', input: [] };
  client.send({ type: 'response.create', response });
  client.clock.advance(3_000);
  assert.equal(client.last('response.output_audio_transcript.done').transcript, 'Hi!');
});

test('spoken words are matched before their transcript is out', () => {
  const client = new Rehearsal({
    script: {
      callerSays: ['a table for two'],
      transcriptMs: 3_000,
      replies: [
        { when: { callerSays: 'table' }, say: 'Certainly.', sound: tone },
        { say: 'What?' },
      ],
    },
  });
  client.speak(400);
  client.hush(600);
  client.clock.advance(1_000);
  assert.equal(client.last('response.output_audio_transcript.done').transcript, 'Certainly.');
});

test('audio comes in the pace of the script, faster than real time and in equal pieces', () => {
  const sound = { kind: 'tone', ms: 1_050 } as const;
  const client = new Rehearsal({
    script: { firstDeltaMs: 200, deltaMs: 100, speed: 2, replies: [{ say: 'Go.', sound }] },
  });
  client.send({ type: 'response.create' });
  client.clock.advance(198);
  assert.equal(client.of('response.output_audio.delta').length, 0);
  client.clock.advance(3);
  assert.equal(client.of('response.output_audio.delta').length, 1);
  client.clock.advance(250);
  assert.equal(client.of('response.output_audio.delta').length, 6);
  client.clock.advance(1_000);
  const sizes = client.of('response.output_audio.delta').map(({ delta }) => delta.length);
  assert.deepEqual([sizes.length, sizes.at(-1)], [11, 3_200], 'ten of 100 ms and one of 50 ms');
});

test('[V12] a reply can be text although audio was asked for, or one second, or a flood', () => {
  const silent = new Rehearsal({ script: { replies: [{ say: 'Read me.', isSilent: true }] } });
  silent.send({ type: 'response.create' });
  silent.clock.advance(3_000);
  assert.equal(silent.of('response.output_audio.delta').length, 0);
  assert.equal(silent.last('response.output_audio_transcript.done').transcript, 'Read me.');
  const flood = new Rehearsal({
    script: {
      firstDeltaMs: 0,
      replies: [{ say: 'Flood.', sound: { kind: 'tone', ms: 600_000 }, speed: 1_000_000 }],
    },
  });
  flood.send({ type: 'response.create' });
  flood.clock.advance(20);
  assert.equal(flood.of('response.output_audio.delta').length, 6_000);
});

test('[B3] ramp and ladder tell their own position in every format', () => {
  const ramp = makeSound({ kind: 'ramp', ms: 5_000 }, '', pcm(24000), () => null);
  const piece = Buffer.from(readSound(ramp, 2 * 65_530, 20));
  const indexes = Array.from({ length: 10 }, (_, at) => rampIndex(piece.readInt16LE(at * 2)));
  assert.deepEqual(indexes, [65_530, 65_531, 65_532, 65_533, 65_534, 0, 1, 2, 3, 4]);
  const ladder = makeSound({ kind: 'ladder', rungMs: 20, ms: 900 }, '', mulaw8k, () => null);
  const rungs = Array.from({ length: 45 }, (_, rung) => {
    const samples = Int16Array.from(readSound(ladder, rung * 160, 160), (code) => {
      return mulaw.sampleOf[code]!;
    });
    return ladderHz.indexOf(strongestHz(samples, 8_000, ladderHz));
  });
  assert.deepEqual(rungs.slice(13, 18), [13, 14, 0, 1, 2]);
  assert.equal(readSound(ladder, 7_100, 160).length, 100, 'it ends where it should');
});

test('recordings are taken from the library, and missed ones are a tone of the same length', () => {
  const recording = new Uint8Array(320).fill(3);
  const named = { kind: 'sample', name: 'hello' } as const;
  const found = makeSound(named, 'Hello', mulaw8k, () => recording);
  assert.deepEqual(readSound(found, 0, 1_000), recording);
  const missed = makeSound(named, 'Hello', mulaw8k, () => null);
  assert.equal(missed.lengthBytes, 5 * 66 * 8);
});

test('the demo says that it is a script', () => {
  assert.match(demoScript.replies[0]?.say ?? '', /scripted demo voice/);
  const brain = scriptBrain(demoScript);
  assert.equal(brain.name, 'scripted');
});

test('a script without words of the caller invents none: the transcript fails', () => {
  const client = new Rehearsal({ script: { replies: [{ say: 'Hm.', sound: tone }] } });
  const audio = { input: { transcription: { model: 'whisper-1' } } };
  client.send({ type: 'session.update', session: { type: 'realtime', audio } });
  client.speak(400);
  client.hush(600);
  client.clock.advance(1_000);
  assert.equal(client.of('conversation.item.input_audio_transcription.failed').length, 1);
});

test('a script with a field that nobody knows, or no regular expression, is refused', () => {
  assert.equal(emulatorScript.safeParse({ replies: [{ says: 'x' }] }).success, false);
  const unclosed = { replies: [{ when: { callerSays: '(' }, say: 'x' }] };
  assert.equal(emulatorScript.safeParse(unclosed).success, false);
  assert.equal(emulatorScript.safeParse({ replies: [] }).success, false);
});
