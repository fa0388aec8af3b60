/**
 * The Realtime wire: audio in and out of its JSON beside the usual ways, and the whole media work.
 */
import { createConverterFactory } from '../src/audio/converter.ts';
import { frameBytes, pcm } from '../src/audio/format.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import { whiteNoise } from '../src/audio/tone.ts';
import { AppendWriter } from '../src/providers/openai-realtime/append.ts';
import { Decoder } from '../src/providers/openai-realtime/decoder.ts';
import { seededRandom } from '../src/runtime/random.ts';
import {
  type BenchOptions,
  inProcess,
  measureFairly,
  Report,
  reportRatio,
  type Variant,
} from './bench.ts';

const framesPerSecond = 50;
/** The vendor sends about 100 ms of audio a message. */
const deltaMs = 100;
const deltasPerSecond = 1000 / deltaMs;
/** Enough different messages that none stays in the processor's cache by being the only one. */
const messageCount = 64;

export async function run(options: BenchOptions): Promise<number> {
  const report = new Report('json');
  const found = measureFairly([
    ...decoding(deltaMs),
    ...decoding(20),
    ...appending(960),
    ...appending(160),
    base64Alone(960),
    mediaWork(),
  ]);
  const ratio = (name: string, against: string, least: number) => {
    const ours = found.get(name)!;
    report.inform(name, ours.microseconds, 'µs');
    reportRatio(report, `${name}: against ${against}`, {
      ours,
      peer: found.get(`${against} ${name}`)!,
      least,
    });
  };
  ratio(`audio delta of ${deltaMs} ms`, 'JSON.parse', 3.5);
  report.inform('audio delta of 20 ms', found.get('audio delta of 20 ms')!.microseconds, 'µs');
  ratio('append of 960 bytes', 'JSON.stringify', 10);
  const base64 = found.get('base64 alone')!;
  report.inform('base64 alone of 960 bytes', base64.microseconds, 'µs');
  const stringify = found.get('JSON.stringify append of 960 bytes')!;
  const most = stringify.microseconds / base64.microseconds;
  report.inform("base64 alone, Node's own: against JSON.stringify", most, '×');
  report.inform('append of 160 bytes', found.get('append of 160 bytes')!.microseconds, 'µs');
  const mediaMs = found.get('media work')!.microseconds / 1000;
  report.atMost('media work of a call at 8 kHz, both ways', mediaMs, 'ms of CPU per second', 0.3);
  return report.finish(options);
}

function noise(bytes: number, seed: number): Buffer {
  return Buffer.from(whiteNoise(seededRandom(seed), bytes / 2).buffer);
}

function deltaMessages(durationMs: number): readonly Buffer[] {
  const bytes = (frameBytes(pcm(24000)) / 20) * durationMs;
  return Array.from({ length: messageCount }, (_, at) =>
    Buffer.from(
      JSON.stringify({
        type: 'response.output_audio.delta',
        event_id: `event_${String(at).padStart(20, 'B')}`,
        response_id: 'resp_CNuVMfLwZ0sYrEwvLzSsM',
        item_id: 'item_CNuVMGqgYcCYC6ZnGkcWp',
        output_index: 0,
        content_index: 0,
        delta: noise(bytes, at).toString('base64'),
      }),
    ),
  );
}

function decoding(durationMs: number): Variant[] {
  const messages = deltaMessages(durationMs);
  const decoder = new Decoder(null);
  const name = `audio delta of ${durationMs} ms`;
  return [
    inProcess(name, (times) => {
      for (let turn = 0; turn < times; turn += 1) decoder.decode(messages[turn % messageCount]!);
    }),
    inProcess(`JSON.parse ${name}`, (times) => {
      for (let turn = 0; turn < times; turn += 1) {
        const event = JSON.parse(messages[turn % messageCount]!.toString());
        Buffer.from(event.delta, 'base64');
      }
    }),
  ];
}

function appending(bytes: number): Variant[] {
  const audio = noise(bytes * messageCount, 1);
  const writer = new AppendWriter();
  const name = `append of ${bytes} bytes`;
  return [
    inProcess(name, (times) => {
      for (let turn = 0; turn < times; turn += 1) {
        writer.write(audio, (turn % messageCount) * bytes, bytes);
      }
    }),
    inProcess(`JSON.stringify ${name}`, (times) => {
      for (let turn = 0; turn < times; turn += 1) {
        const offset = (turn % messageCount) * bytes;
        const base64 = audio.toString('base64', offset, offset + bytes);
        Buffer.from(JSON.stringify({ type: 'input_audio_buffer.append', audio: base64 }));
      }
    }),
  ];
}

/** The part of an append that no way of writing it can save: Node's own base64. */
function base64Alone(bytes: number): Variant {
  const audio = noise(bytes * messageCount, 1);
  return inProcess('base64 alone', (times) => {
    for (let turn = 0; turn < times; turn += 1) {
      const offset = (turn % messageCount) * bytes;
      audio.toString('base64', offset, offset + bytes);
    }
  });
}

/**
 * One second of a call, PCM at 8 kHz on the caller's side: convert and append, decode and convert.
 */
function mediaWork(): Variant {
  const convert = createConverterFactory(createResamplerFactory());
  const toModel = convert(pcm(8000), pcm(24000));
  const toCaller = convert(pcm(24000), pcm(8000));
  const callerFrame = noise(frameBytes(pcm(8000)), 1);
  const modelFrame = Buffer.alloc(toModel.bytesMax(callerFrame.length));
  const messages = deltaMessages(deltaMs);
  const agentAudio = Buffer.alloc(toCaller.bytesMax(frameBytes(pcm(24000)) * (deltaMs / 20)));
  const writer = new AppendWriter();
  const decoder = new Decoder(null);
  const second = (at: number) => {
    for (let frame = 0; frame < framesPerSecond; frame += 1) {
      const bytes = toModel.convert(callerFrame, 0, callerFrame.length, modelFrame, 0);
      writer.write(modelFrame, 0, bytes);
    }
    for (let delta = 0; delta < deltasPerSecond; delta += 1) {
      const decoded = decoder.decode(messages[(at + delta) % messageCount]!);
      if (decoded.is !== 'audio') throw new Error('a delta was not taken for audio');
      const { bytes, offset, length } = decoded.event;
      toCaller.convert(bytes, offset, length, agentAudio, 0);
    }
  };
  return inProcess('media work', (times) => {
    for (let turn = 0; turn < times; turn += 1) second(turn);
  });
}
