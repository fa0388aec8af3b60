import { readFileSync } from 'node:fs';
import { assert } from '../../runtime/assert.ts';

/** `rows` sums over `columns` numbers each. */
export interface DenseShape {
  readonly rows: number;
  readonly columns: number;
}

export interface DenseLayer extends DenseShape {
  /** Row by row. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

/**
 * The layers of the network in the order of the file, which holds the weights and then the biases
 * of each as little-endian single precision. Taps that only ever meet padding were left out by
 * scripts/build-vad-weights.ts.
 */
export const layerShapes = {
  /** 65 real parts, then 65 imaginary ones. */
  spectrum: { rows: 130, columns: 128 },
  /** Columns: three neighbouring magnitude spectra. */
  encoder0: { rows: 128, columns: 3 * 65 },
  encoder1: { rows: 64, columns: 3 * 128 },
  encoder2: { rows: 64, columns: 2 * 64 },
  encoder3: { rows: 128, columns: 64 },
  /** Rows: input, forget, cell and output gates. Columns: what comes in, then the hidden state. */
  lstm: { rows: 4 * 128, columns: 128 + 128 },
  decoder: { rows: 1, columns: 128 },
} as const satisfies Record<string, DenseShape>;

export type LayerName = keyof typeof layerShapes;
export type SileroWeights = Readonly<Record<LayerName, DenseLayer>>;

export const weightsFile = new URL('silero-v6-8k.bin', import.meta.url);

/** Reads the weights that are checked in: 0.9 MB, to be read once and shared by all calls. */
export function readWeights(): SileroWeights {
  const numbers = new Float32Array(new Uint8Array(readFileSync(weightsFile)).buffer);
  let at = 0;
  const take = (count: number): Float32Array => {
    at += count;
    return numbers.subarray(at - count, at);
  };
  const layer = (name: LayerName): DenseLayer => {
    const { rows, columns } = layerShapes[name];
    return { rows, columns, weights: take(rows * columns), biases: take(rows) };
  };
  const weights: SileroWeights = {
    spectrum: layer('spectrum'),
    encoder0: layer('encoder0'),
    encoder1: layer('encoder1'),
    encoder2: layer('encoder2'),
    encoder3: layer('encoder3'),
    lstm: layer('lstm'),
    decoder: layer('decoder'),
  };
  assert(at === numbers.length, 'The file of weights holds the layers and nothing else.');
  return weights;
}
