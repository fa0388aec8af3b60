import type { Converter, ConverterFactory } from '../../audio/converter.ts';
import { type AudioFormat, frameBytes, pcm } from '../../audio/format.ts';
import { Framer } from '../../audio/framer.ts';
import { rmsDbfs } from '../../audio/level.ts';
import { hopSamples, SpeechMemory, type SpeechNetwork } from './speech-network.ts';

export const hopMs = 32;
const networkFormat = pcm(8000);
const hopBytes = 2 * hopSamples;

/** Told of every hop: how likely it is a voice, 0..1, and its RMS level. */
export type HopVisitor = (probability: number, levelDbfs: number) => void;

/** What all callers share. */
export interface SharedEar {
  readonly network: SpeechNetwork;
  readonly converters: ConverterFactory;
}

/**
 * Brings the audio of one caller to 8 kHz and has the network judge it hop by hop. Makes no object;
 * the two numbers of a hop that are handed on cost 20 bytes a frame (`npm run bench -- vad`).
 */
export class HopListener {
  readonly #network: SpeechNetwork;
  readonly #memory = new SpeechMemory();
  readonly #onHop: HopVisitor;
  readonly #converter: Converter;
  /** Most bytes that are converted at once: one frame. */
  readonly #pieceBytes: number;
  readonly #converted: Uint8Array;
  readonly #framer = new Framer(hopBytes);
  readonly #hop = new Float32Array(hopSamples);

  constructor({ network, converters }: SharedEar, format: AudioFormat, onHop: HopVisitor) {
    this.#network = network;
    this.#onHop = onHop;
    this.#converter = converters(format, networkFormat);
    this.#pieceBytes = frameBytes(format);
    this.#converted = new Uint8Array(this.#converter.bytesMax(this.#pieceBytes));
  }

  /** Takes `length` bytes from `offset`; calls the visitor for each hop that they complete. */
  push(bytes: Uint8Array, offset: number, length: number): void {
    for (let taken = 0; taken < length; taken += this.#pieceBytes) {
      const pieceBytes = Math.min(this.#pieceBytes, length - taken);
      const target = this.#converted;
      const written = this.#converter.convert(bytes, offset + taken, pieceBytes, target, 0);
      this.#framer.push(target, 0, written, this.#judgeHop);
    }
  }

  readonly #judgeHop = (bytes: Uint8Array, offset: number): void => {
    const hop = this.#hop;
    for (let index = 0; index < hopSamples; index += 1) {
      const at = offset + 2 * index;
      hop[index] = (((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16) / 32_768;
    }
    const levelDbfs = rmsDbfs(bytes, offset, hopBytes, networkFormat.encoding);
    this.#onHop(this.#network.probability(hop, this.#memory), levelDbfs);
  };
}
