import {
  cellCount,
  contextSamples,
  hopSamples,
  mirroredSamples,
  type SpeechMemory,
  type SpeechNetwork,
  spectrumBins,
  spectrumCount,
  spectrumStep,
} from '../speech-network.ts';
import type { DenseLayer, SileroWeights } from '../weights.ts';

/** A place in a buffer of numbers. */
interface Place {
  readonly numbers: Float32Array;
  readonly at: number;
}

/** The sums of a layer over the numbers at `from`; below `floor` there is nothing. */
function dense(layer: DenseLayer, from: Place, to: Place, floor = Number.NEGATIVE_INFINITY): void {
  for (let row = 0; row < layer.rows; row += 1) {
    let sum = layer.biases[row]!;
    for (let column = 0; column < layer.columns; column += 1) {
      sum += layer.weights[row * layer.columns + column]! * from.numbers[from.at + column]!;
    }
    to.numbers[to.at + row] = Math.max(floor, sum);
  }
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/** `rows` rows of zeros. */
class Rows {
  readonly numbers: Float32Array;
  readonly #columns: number;

  constructor(rows: number, columns: number) {
    this.numbers = new Float32Array(rows * columns);
    this.#columns = columns;
  }

  row(row: number): Place {
    return { numbers: this.numbers, at: row * this.#columns };
  }
}

/**
 * The network written out with nothing clever in it, sums in double precision: what the SIMD
 * network is measured against.
 */
export function plainNetwork(layers: SileroWeights): SpeechNetwork {
  return {
    name: 'plain',
    probability(hop, memory) {
      const magnitudes = analyse(layers, soundOf(hop, memory));
      return remember(layers, encode(layers, magnitudes), memory);
    },
  };
}

function soundOf(hop: Float32Array, { context }: SpeechMemory): Rows {
  const soundSamples = contextSamples + hopSamples;
  const sound = new Rows((soundSamples + mirroredSamples) / spectrumStep, spectrumStep);
  sound.numbers.set(context);
  sound.numbers.set(hop, contextSamples);
  const mirrored = sound.numbers.slice(soundSamples - 1 - mirroredSamples, soundSamples - 1);
  sound.numbers.set(mirrored.reverse(), soundSamples);
  context.set(hop.subarray(hopSamples - contextSamples));
  return sound;
}

/** Magnitudes with a row of zeros before the first and after the last. */
function analyse({ spectrum }: SileroWeights, sound: Rows): Rows {
  const spectra = new Rows(spectrumCount, spectrum.rows);
  const magnitudes = new Rows(1 + spectrumCount + 1, spectrumBins);
  for (let row = 0; row < spectrumCount; row += 1) {
    const { numbers, at } = spectra.row(row);
    dense(spectrum, sound.row(row), { numbers, at });
    for (let bin = 0; bin < spectrumBins; bin += 1) {
      const magnitude = Math.hypot(numbers[at + bin]!, numbers[at + spectrumBins + bin]!);
      magnitudes.numbers[magnitudes.row(row + 1).at + bin] = magnitude;
    }
  }
  return magnitudes;
}

function encode(layers: SileroWeights, magnitudes: Rows): Rows {
  const { encoder0, encoder1, encoder2, encoder3, lstm } = layers;
  const features0 = new Rows(1 + spectrumCount + 1, encoder0.rows);
  const features1 = new Rows(2, encoder1.rows);
  const features2 = new Rows(1, encoder2.rows);
  const recurrent = new Rows(1, lstm.columns);
  for (let row = 0; row < spectrumCount; row += 1) {
    dense(encoder0, magnitudes.row(row), features0.row(row + 1), 0);
  }
  // Every second row.
  dense(encoder1, features0.row(0), features1.row(0), 0);
  dense(encoder1, features0.row(2), features1.row(1), 0);
  dense(encoder2, features1.row(0), features2.row(0), 0);
  dense(encoder3, features2.row(0), recurrent.row(0), 0);
  return recurrent;
}

/** `recurrent` holds what comes in, and room for the hidden state. */
function remember({ lstm, decoder }: SileroWeights, recurrent: Rows, memory: SpeechMemory): number {
  const { hidden, cells } = memory;
  const gates = new Rows(4, cellCount);
  recurrent.numbers.set(hidden, cellCount);
  dense(lstm, recurrent.row(0), gates.row(0));
  for (let cell = 0; cell < cellCount; cell += 1) {
    const gate = (index: number): number => gates.numbers[index * cellCount + cell]!;
    cells[cell] = sigmoid(gate(1)) * cells[cell]! + sigmoid(gate(0)) * Math.tanh(gate(2));
    hidden[cell] = sigmoid(gate(3)) * Math.tanh(cells[cell]!);
  }
  const result = new Rows(1, 1);
  const shown = hidden.map((value) => Math.max(0, value));
  dense(decoder, { numbers: shown, at: 0 }, result.row(0));
  return sigmoid(result.numbers[0]!);
}
