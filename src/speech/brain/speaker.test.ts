import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../sim/virtual-clock.ts';
import { bytesPerMs, mulaw8k } from '../../audio/format.ts';
import type { BrainOutput } from '../../realtime-server/brain.ts';
import { Speaker } from './speaker.ts';

test('the words of a voice that streams come with its sound, and all of them', async () => {
  const outputs: BrainOutput[] = [];
  const speaker = new Speaker({
    voice: {
      speak: async () => assert.fail('a voice that streams is not waited for'),
      async *stream() {
        for (let piece = 0; piece < 10; piece += 1) yield new Uint8Array(100 * bytesPerMs(mulaw8k));
      },
    },
    clock: new VirtualClock(),
    request: { responseId: 'resp_1', modality: 'audio', agentFormat: mulaw8k, voice: 'slt' },
    signal: new AbortController().signal,
    onOutput: (output) => outputs.push(output),
  });
  await speaker.say('Two teas and a coffee, is that right.');
  const kinds = outputs.map((output) => (output.type === 'text' ? output.delta : '-')).join('');
  // 100 ms of sound each: the words of a second are spread over it, the rest follows.
  assert.match(kinds, /^Two-+ teas-+ and-* a-+.* right\.$/);
  assert.equal(kinds.replaceAll('-', ''), 'Two teas and a coffee, is that right.');
});
