import { networkWasmBase64 } from './network-wasm.ts';
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
} from './speech-network.ts';
import { type DenseLayer, type DenseShape, layerShapes, type SileroWeights } from './weights.ts';

/** The part of the WebAssembly API used here; the compiler's `es2024` library has none of it. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: object };
};

/** What network.as exports. Places and strides are in bytes of its memory. */
interface NetworkExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  dense(layer: number, from: number, to: number): void;
  denseOfFour(
    ...place: [layer: number, from: number, fromStride: number, to: number, toStride: number]
  ): void;
}

/** The SIMD network, or `null` where WebAssembly has no SIMD. */
export function simdNetwork(weights: SileroWeights): SpeechNetwork | null {
  const bytes = Buffer.from(networkWasmBase64, 'base64');
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return null;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return new SimdNetwork(instance.exports as NetworkExports, weights);
}

const pageBytes = 65_536;
const bytesPerNumber = 4;

/** Cache line of every machine we run on. */
const alignBytes = 64;

/** Rows that the kernel sums at once. */
const rowsPerGroup = 8;
const layerHeaderNumbers = 4;

/** Hands out addresses in the kernel's memory, for so many numbers each. */
class Rooms {
  #endAt = 0;

  get sizeBytes(): number {
    return this.#endAt;
  }

  take(count: number): number {
    const address = this.#endAt;
    this.#endAt += Math.ceil((count * bytesPerNumber) / alignBytes) * alignBytes;
    return address;
  }

  forLayer({ rows, columns }: DenseShape): number {
    return this.take(layerHeaderNumbers + groupsOf(rows) * rowsPerGroup * (1 + columns));
  }
}

const groupsOf = (rows: number): number => Math.ceil(rows / rowsPerGroup);

/** The least that a row may give: of a rectifier, and of a plain sum. */
const rectified = 0;
const unlimited = Number.NEGATIVE_INFINITY;

/** Rows of the spectra are whole groups. */
const spectrumNumbers = groupsOf(layerShapes.spectrum.rows) * rowsPerGroup;
const { encoder0, encoder1, encoder2 } = layerShapes;

class SimdNetwork implements SpeechNetwork {
  readonly name = 'simd';
  readonly #kernel: NetworkExports;
  /** All of the memory. */
  readonly #numbers: Float32Array;
  readonly #rooms = new Rooms();
  readonly #layerAt = {
    spectrum: this.#rooms.forLayer(layerShapes.spectrum),
    encoder0: this.#rooms.forLayer(layerShapes.encoder0),
    encoder1: this.#rooms.forLayer(layerShapes.encoder1),
    encoder2: this.#rooms.forLayer(layerShapes.encoder2),
    encoder3: this.#rooms.forLayer(layerShapes.encoder3),
    lstm: this.#rooms.forLayer(layerShapes.lstm),
  };
  readonly #soundAt = this.#rooms.take(contextSamples + hopSamples + mirroredSamples);
  readonly #spectraAt = this.#rooms.take(spectrumCount * spectrumNumbers);
  /** With a row of zeros before the first and one after the last, as the next. */
  readonly #magnitudesAt = this.#rooms.take((1 + spectrumCount + 1) * spectrumBins);
  readonly #features0At = this.#rooms.take((1 + spectrumCount + 1) * encoder0.rows);
  readonly #features1At = this.#rooms.take(2 * encoder1.rows);
  readonly #features2At = this.#rooms.take(encoder2.rows);
  /** What comes into the LSTM, then its hidden state. */
  readonly #recurrentAt = this.#rooms.take(layerShapes.lstm.columns);
  readonly #gatesAt = this.#rooms.take(layerShapes.lstm.rows);
  readonly #decoder: DenseLayer;

  constructor(kernel: NetworkExports, weights: SileroWeights) {
    this.#kernel = kernel;
    kernel.memory.grow(Math.ceil(this.#rooms.sizeBytes / pageBytes));
    this.#numbers = new Float32Array(kernel.memory.buffer);
    this.#decoder = weights.decoder;
    this.#store(this.#layerAt.spectrum, weights.spectrum, unlimited);
    this.#store(this.#layerAt.encoder0, weights.encoder0, rectified);
    this.#store(this.#layerAt.encoder1, weights.encoder1, rectified);
    this.#store(this.#layerAt.encoder2, weights.encoder2, rectified);
    this.#store(this.#layerAt.encoder3, weights.encoder3, rectified);
    this.#store(this.#layerAt.lstm, weights.lstm, unlimited);
  }

  probability(hop: Float32Array, memory: SpeechMemory): number {
    this.#hear(hop, memory.context);
    this.#analyse();
    this.#encode();
    return this.#remember(memory);
  }

  /** Writes a layer as network.as reads it. */
  #store(address: number, layer: DenseLayer, least: number): void {
    const { rows, columns, weights, biases } = layer;
    const groups = groupsOf(rows);
    new Int32Array(this.#numbers.buffer, address).set([groups, columns]);
    const biasesAt = address / bytesPerNumber + layerHeaderNumbers;
    const weightsAt = biasesAt + groups * rowsPerGroup;
    this.#numbers[biasesAt - layerHeaderNumbers + 2] = least;
    this.#numbers.set(biases, biasesAt);
    for (const [index, weight] of weights.entries()) {
      const row = Math.floor(index / columns);
      const group = Math.floor(row / rowsPerGroup);
      const place = (group * columns + (index % columns)) * rowsPerGroup + (row % rowsPerGroup);
      this.#numbers[weightsAt + place] = weight;
    }
  }

  /** Lays out context, hop and the mirror image of its end, and keeps the context of the next. */
  #hear(hop: Float32Array, context: Float32Array): void {
    const numbers = this.#numbers;
    const soundAt = this.#soundAt / bytesPerNumber;
    const endAt = soundAt + contextSamples + hopSamples;
    numbers.set(context, soundAt);
    numbers.set(hop, soundAt + contextSamples);
    for (let at = 0; at < mirroredSamples; at += 1) numbers[endAt + at] = numbers[endAt - 2 - at]!;
    for (let at = 0; at < contextSamples; at += 1) {
      context[at] = numbers[endAt - contextSamples + at]!;
    }
  }

  #analyse(): void {
    const numbers = this.#numbers;
    this.#kernel.denseOfFour(
      this.#layerAt.spectrum,
      this.#soundAt,
      spectrumStep * bytesPerNumber,
      this.#spectraAt,
      spectrumNumbers * bytesPerNumber,
    );
    for (let row = 0; row < spectrumCount; row += 1) {
      const from = this.#spectraAt / bytesPerNumber + row * spectrumNumbers;
      const to = this.#magnitudesAt / bytesPerNumber + (row + 1) * spectrumBins;
      for (let bin = 0; bin < spectrumBins; bin += 1) {
        const real = numbers[from + bin]!;
        const imaginary = numbers[from + spectrumBins + bin]!;
        numbers[to + bin] = Math.sqrt(real * real + imaginary * imaginary);
      }
    }
  }

  #encode(): void {
    const rowBytes0 = encoder0.rows * bytesPerNumber;
    const rowBytes1 = encoder1.rows * bytesPerNumber;
    this.#kernel.denseOfFour(
      this.#layerAt.encoder0,
      this.#magnitudesAt,
      spectrumBins * bytesPerNumber,
      this.#features0At + rowBytes0,
      rowBytes0,
    );
    const { dense } = this.#kernel;
    dense(this.#layerAt.encoder1, this.#features0At, this.#features1At);
    // From here on every second row.
    dense(this.#layerAt.encoder1, this.#features0At + 2 * rowBytes0, this.#features1At + rowBytes1);
    dense(this.#layerAt.encoder2, this.#features1At, this.#features2At);
    dense(this.#layerAt.encoder3, this.#features2At, this.#recurrentAt);
  }

  #remember({ hidden, cells }: SpeechMemory): number {
    const numbers = this.#numbers;
    numbers.set(hidden, this.#recurrentAt / bytesPerNumber + cellCount);
    this.#kernel.dense(this.#layerAt.lstm, this.#recurrentAt, this.#gatesAt);
    const gatesAt = this.#gatesAt / bytesPerNumber;
    const { weights, biases } = this.#decoder;
    let sum = biases[0]!;
    for (let cell = 0; cell < cellCount; cell += 1) {
      const taken = sigmoid(numbers[gatesAt + cell]!);
      const kept = sigmoid(numbers[gatesAt + cellCount + cell]!);
      const candidate = Math.tanh(numbers[gatesAt + 2 * cellCount + cell]!);
      const shown = sigmoid(numbers[gatesAt + 3 * cellCount + cell]!);
      const state = kept * cells[cell]! + taken * candidate;
      const value = shown * Math.tanh(state);
      cells[cell] = state;
      hidden[cell] = value;
      sum += weights[cell]! * Math.max(0, value);
    }
    return sigmoid(sum);
  }
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
