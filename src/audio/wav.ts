import { GatewayError } from '../runtime/errors.ts';
import { type AudioFormat, bytesPerSample, type Encoding, type RateHz } from './format.ts';
import { alaw, mulaw } from './g711.ts';

/** A sound file, decoded. */
export interface WavSound {
  /** Of each channel in the file. */
  readonly format: AudioFormat;
  readonly channels: 1 | 2;
  /** 16-bit samples, one array per channel, left first; all of one length. */
  readonly samples: readonly Int16Array[];
}

/** `wFormatTag` of RFC 2361; 0xFFFE says that the tag is the first field of the subformat GUID. */
const formatTags: Readonly<Record<number, Encoding>> = { 1: 'pcm_s16le', 6: 'alaw', 7: 'mulaw' };
const extensibleTag = 0xfffe;
const headerBytes = 44;

/** The size fields have 32 bits and count the 36 bytes of header after the first. */
const dataBytesMax = 0xffff_ffff - 36;

/**
 * Reads a whole RIFF WAVE file: mono or stereo, 16-bit PCM, µ-law or A-law, at 8, 16, 24 or 48 kHz.
 * Unknown chunks are passed over. A data size that reaches past the end, as a recorder that was
 * killed leaves it, means all that is there. Throws `WAV_UNSUPPORTED` with the field and its value.
 */
export function readWav(bytes: Uint8Array): WavSound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 12) throw unsupported('fileBytes', view.byteLength);
  expectText(view, 0, 'RIFF', 'container');
  expectText(view, 8, 'WAVE', 'form');
  const chunks = readChunks(view);
  const header = chunks.get('fmt ');
  const data = chunks.get('data');
  if (!header || header.byteLength < 16)
    throw unsupported('fmt chunk bytes', header?.byteLength ?? 0);
  if (!data) throw unsupported('data chunk', 'missing');
  const encoding = readEncoding(header);
  const channels = readChannels(header);
  const format: AudioFormat = { encoding, rateHz: readRate(header), channels: 1 };
  const width = bytesPerSample(format);
  const bits = header.getUint16(14, true);
  if (bits !== 8 * width) throw unsupported('bitsPerSample', bits);
  const sampleCount = Math.floor(data.byteLength / (width * channels));
  const samples = Array.from({ length: channels }, (_, channel) => {
    const decoded = new Int16Array(sampleCount);
    for (let index = 0; index < sampleCount; index += 1) {
      decoded[index] = decodeSample(data, (index * channels + channel) * width, encoding);
    }
    return decoded;
  });
  return { format, channels, samples };
}

/** Chunks by name, the first of each; contents are padded to even length in the file. */
function readChunks(view: DataView): ReadonlyMap<string, DataView> {
  const chunks = new Map<string, DataView>();
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = readText(view, at);
    const length = Math.min(view.getUint32(at + 4, true), view.byteLength - at - 8);
    if (!chunks.has(name)) {
      chunks.set(name, new DataView(view.buffer, view.byteOffset + at + 8, length));
    }
    at += 8 + length + (length % 2);
  }
  return chunks;
}

function readEncoding(header: DataView): Encoding {
  const plainTag = header.getUint16(0, true);
  const isExtensible = plainTag === extensibleTag && header.byteLength >= 26;
  const tag = isExtensible ? header.getUint16(24, true) : plainTag;
  const encoding = formatTags[tag];
  if (!encoding) throw unsupported('formatTag', tag);
  return encoding;
}

function readChannels(header: DataView): 1 | 2 {
  const channels = header.getUint16(2, true);
  if (channels !== 1 && channels !== 2) throw unsupported('channels', channels);
  return channels;
}

function readRate(header: DataView): RateHz {
  const rateHz = header.getUint32(4, true);
  switch (rateHz) {
    case 8000:
    case 16000:
    case 24000:
    case 48000:
      return rateHz;
    default:
      throw unsupported('rateHz', rateHz);
  }
}

function decodeSample(data: DataView, at: number, encoding: Encoding): number {
  if (encoding === 'mulaw') return mulaw.sampleOf[data.getUint8(at)]!;
  return encoding === 'alaw' ? alaw.sampleOf[data.getUint8(at)]! : data.getInt16(at, true);
}

function readText(view: DataView, at: number): string {
  const codes = [0, 1, 2, 3].map((index) => view.getUint8(at + index));
  return String.fromCharCode(...codes);
}

function expectText(view: DataView, at: number, text: string, field: string): void {
  const found = readText(view, at);
  if (found !== text) throw unsupported(field, found);
}

function unsupported(field: string, value: string | number): GatewayError {
  const message = `WAV file has ${field} ${JSON.stringify(value)}, which is not supported`;
  return new GatewayError('WAV_UNSUPPORTED', message, { field, value });
}

/**
 * Where a file is being written; positions may go back to the header. Keeps no array it is given.
 */
export interface WavSink {
  write(position: number, bytes: Uint8Array): void;
}

/**
 * Writes 16-bit PCM as it comes. The header is at the front from the start and says what is in the
 * file after every `flush` and after `close`, so that a file cut short by a crash can be read.
 */
export class WavWriter {
  readonly #sink: WavSink;
  readonly #header: Uint8Array;
  #dataBytes = 0;

  constructor(sink: WavSink, format: { readonly rateHz: RateHz; readonly channels: 1 | 2 }) {
    this.#sink = sink;
    this.#header = pcmHeader(format.rateHz, format.channels);
    this.flush();
  }

  get dataBytes(): number {
    return this.#dataBytes;
  }

  /**
   * Appends little-endian samples, the channels interleaved. False, and nothing written, when the
   * file would pass the 4 GiB that its header can say (37 hours of stereo at 8 kHz).
   */
  append(interleaved: Uint8Array): boolean {
    if (this.#dataBytes + interleaved.length > dataBytesMax) return false;
    this.#sink.write(headerBytes + this.#dataBytes, interleaved);
    this.#dataBytes += interleaved.length;
    return true;
  }

  /** Brings the header up to date. */
  flush(): void {
    const view = new DataView(this.#header.buffer);
    view.setUint32(4, 36 + this.#dataBytes, true);
    view.setUint32(40, this.#dataBytes, true);
    this.#sink.write(0, this.#header);
  }

  /** Completes the file. The sink stays its owner's to close. */
  close(): void {
    this.flush();
  }
}

function pcmHeader(rateHz: RateHz, channels: 1 | 2): Uint8Array {
  const header = Buffer.alloc(headerBytes);
  header.write('RIFF', 0, 'latin1');
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rateHz, 24);
  header.writeUInt32LE(rateHz * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  return new Uint8Array(header);
}

/** A whole file of one or two channels; the shorter of two is completed with silence. */
export function writeWav(rateHz: RateHz, channels: readonly Int16Array[]): Uint8Array {
  const data = interleave(channels);
  const file = new Uint8Array(headerBytes + data.length);
  const sink: WavSink = { write: (position, bytes) => file.set(bytes, position) };
  const writer = new WavWriter(sink, { rateHz, channels: channels.length === 2 ? 2 : 1 });
  writer.append(data);
  writer.close();
  return file;
}

/** Little-endian bytes of the channels in turn, as `WavWriter.append` takes them. */
export function interleave(channels: readonly Int16Array[]): Uint8Array {
  const sampleCount = Math.max(...channels.map((channel) => channel.length));
  const bytes = new Uint8Array(2 * channels.length * sampleCount);
  const view = new DataView(bytes.buffer);
  for (const [channel, samples] of channels.entries()) {
    samples.forEach((sample, index) => {
      view.setInt16(2 * (index * channels.length + channel), sample, true);
    });
  }
  return bytes;
}
