import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { readWav } from '../../src/audio/wav.ts';
import { simdNetwork } from '../../src/speech/vad/simd-network.ts';
import { contextSamples, hopSamples, SpeechMemory } from '../../src/speech/vad/speech-network.ts';
import { readWeights } from '../../src/speech/vad/weights.ts';

const root = join(import.meta.dirname, '..', '..');
const modelPath = join(
  import.meta.dirname,
  'node_modules/@ricky0123/vad-web/dist/silero_vad_v6.onnx',
);
/** Human speech: Debian's package asterisk-core-sounds-en-wav. */
const humanFolder = '/usr/share/asterisk/sounds/en_US_f_Allison';
const keepOneOf = 5;

test('[V9] the weights that are checked in are those of the published model', () => {
  const script = ['scripts/build-vad-weights.ts'];
  const { status, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

/** The published model in the published runtime, as the vendor's own wrapper feeds it. */
class PublishedModel {
  readonly #session: InferenceSession;
  readonly #rate = new Tensor('int64', BigInt64Array.of(8000n), []);
  #state = new Tensor('float32', new Float32Array(256), [2, 1, 128]);
  #sound = new Float32Array(contextSamples + hopSamples);

  constructor(session: InferenceSession) {
    this.#session = session;
  }

  async probability(hop: Float32Array): Promise<number> {
    this.#sound.copyWithin(0, hopSamples);
    this.#sound.set(hop, contextSamples);
    const { output, stateN } = await this.#session.run({
      input: new Tensor('float32', this.#sound, [1, this.#sound.length]),
      state: this.#state,
      sr: this.#rate,
    });
    assert.ok(stateN instanceof Tensor && stateN.type === 'float32');
    this.#state = stateN;
    return Number(output?.data[0]);
  }
}

const skip = !existsSync(humanFolder) && 'asterisk-core-sounds-en-wav is not installed';

test('[V9] our forward pass says what onnxruntime says of human speech', { skip }, async (t) => {
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(new Uint8Array(readFileSync(modelPath)));
  const network = simdNetwork(readWeights());
  assert.ok(network !== null);
  const published = new PublishedModel(session);
  const memory = new SpeechMemory();
  const hop = new Float32Array(hopSamples);
  const found = { hops: 0, voicedHops: 0, worst: 0, flipped: 0 };
  const names = readdirSync(humanFolder).filter((name) => name.endsWith('.wav'));
  for (const name of names.filter((_, index) => index % keepOneOf === 0)) {
    const [samples] = readWav(readFileSync(join(humanFolder, name))).samples;
    for (let at = 0; at + hopSamples <= samples!.length; at += hopSamples) {
      for (const [index] of hop.entries()) hop[index] = samples![at + index]! / 32_768;
      const [ours, theirs] = [network.probability(hop, memory), await published.probability(hop)];
      found.hops += 1;
      found.voicedHops += theirs >= 0.5 ? 1 : 0;
      found.flipped += theirs >= 0.5 === ours >= 0.5 ? 0 : 1;
      found.worst = Math.max(found.worst, Math.abs(ours - theirs));
    }
  }
  const said = JSON.stringify(found);
  assert.ok(found.hops > 5_000 && found.voicedHops > 1_000, said);
  assert.ok(found.worst <= 1e-4, said);
  t.diagnostic(said);
});
