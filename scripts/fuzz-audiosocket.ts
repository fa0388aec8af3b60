/**
 * Throws bytes at the AudioSocket server, most over pipes in memory and some over real sockets:
 *
 *   node scripts/fuzz-audiosocket.ts [--inputs 1000000] [--sockets 5000] [--seed 1]
 *
 * One input is one connection from its first byte to its end. Exit code 1: a crash, a broken
 * promise of a leg, something left over, or memory that grows.
 */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bytePipe, type PipeEnd } from '../sim/byte-pipe.ts';
import { VirtualClock } from '../sim/virtual-clock.ts';
import { createConverterFactory } from '../src/audio/converter.ts';
import { createResamplerFactory } from '../src/audio/resample.ts';
import type { Log, Metrics } from '../src/observe/observe.ts';
import { assert } from '../src/runtime/assert.ts';
import type { ByteListener, ByteSocket } from '../src/runtime/byte-socket.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';
import { type Random, seededRandom } from '../src/runtime/random.ts';
import { connectTcp, TcpListener } from '../src/runtime/tcp-socket.ts';
import { AudioSocketTransport } from '../src/transports/audiosocket/server.ts';
import {
  audioSocketFormats,
  encodeMessage,
  encodeUuid,
  messageKind,
} from '../src/transports/audiosocket/wire.ts';
import type { Leg } from '../src/transports/transport.ts';

/** Memory may grow by this much per 100,000 inputs once it has warmed up. */
const slopeBytesMax = 1_000_000;
const inputsPerSample = 20_000;
/** The first part of the run fills pools and lets the compiler settle. */
const warmUpShare = 0.3;

const resamplers = createResamplerFactory();

function silent(): undefined {
  return undefined;
}

const log: Log = { debug: silent, info: silent, warn: silent, error: silent, child: () => log };

/** Counts what the legs of a server told, and holds each to its promises. */
class Tally {
  legCount = 0;
  openCount = 0;
  readonly events = new Map<string, number>();
  readonly limits = new Map<string, number>();
  readonly metrics: Metrics = {
    count: (_name, labels) => add(this.limits, Object.values(labels).join('/')),
    set: silent,
    add: silent,
    observe: silent,
  };
  readonly #random: Random;
  readonly #agentFrame = new Uint8Array(320);

  constructor(random: Random) {
    this.#random = random;
  }

  /** Plays the session: talks back a little, and hangs up on some. */
  onLeg(leg: Leg): void {
    let hasEnded = false;
    this.legCount += 1;
    this.openCount += 1;
    leg.open((event) => {
      assert(!hasEnded, 'nothing is told after ended');
      if (event.type === 'ended') {
        hasEnded = true;
        this.openCount -= 1;
        add(this.events, event.cause);
        return;
      }
      add(this.events, event.type);
      if (event.type === 'caller-audio') assert(event.length % 2 === 0, 'samples are whole');
    });
    const bytes = this.#agentFrame;
    for (let index = 0; index < 3; index += 1) {
      leg.send({ type: 'agent-audio', bytes, offset: 0, length: bytes.length });
    }
    if (this.#random.next() < 0.1) leg.send({ type: 'hang-up' });
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function transportOn(listener: ByteListener, clock: Clock, metrics: Metrics): AudioSocketTransport {
  const parts = {
    listener,
    clock,
    log,
    metrics,
    calls: { claim: () => null, release: silent, transfer: silent },
    converterOf: createConverterFactory(resamplers),
    format: audioSocketFormats.slin,
    farEndDelayMs: 0,
  };
  const peer = { connectionsMax: 1000, connectionsPerSecondMax: 1_000_000_000 };
  const limits = { allow: [], requireRegistered: false, uuidMsMax: 2000, waitingMax: 1000, peer };
  return new AudioSocketTransport(parts, limits);
}

/** Bytes of one connection: rubbish, a call, or a call with faults. */
class Inputs {
  readonly #random: Random;
  readonly #rubbish: Uint8Array;

  constructor(random: Random) {
    this.#random = random;
    this.#rubbish = Uint8Array.from({ length: 70_000 }, () => this.#below(256));
  }

  next(): Uint8Array {
    const choice = this.#random.next();
    if (choice < 0.15) return this.#rubbishOf(this.#below(400));
    const call = this.#call();
    if (choice < 0.35)
      return Buffer.concat([call.subarray(0, 19), this.#rubbishOf(this.#length())]);
    if (choice < 0.5) return call.subarray(0, this.#below(call.length + 1));
    return choice < 0.9 ? this.#withFaults(call) : call;
  }

  #call(): Buffer {
    const messages = [encodeUuid(this.#random.uuid())];
    const known = Object.values(messageKind);
    const countMax = this.#random.next() < 0.05 ? 60 : 12;
    for (let count = this.#below(countMax); count > 0; count -= 1) {
      const choice = this.#random.next();
      if (choice < 0.1) messages.push(encodeMessage(messageKind.digit, Buffer.from('5')));
      const isAudio = choice < 0.6;
      const strange = choice < 0.9 ? known[this.#below(known.length)] : this.#below(256);
      const length = isAudio ? 320 : this.#below(700);
      const kind = isAudio ? messageKind.audio : (strange ?? 0);
      messages.push(encodeMessage(kind, this.#rubbishOf(length)));
    }
    return Buffer.concat(messages);
  }

  #withFaults(call: Buffer): Buffer {
    let bytes = call;
    for (let count = 1 + this.#below(4); count > 0; count -= 1) {
      const at = this.#below(bytes.length);
      const choice = this.#random.next();
      if (choice < 0.5) bytes[at] = this.#below(256);
      else {
        const gone = choice < 0.75 ? this.#below(8) : 0;
        const inserted = this.#rubbishOf(choice < 0.75 ? 0 : this.#below(8));
        bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + gone)]);
      }
    }
    return bytes;
  }

  /** Mostly short; now and then longer than the longest message. */
  #length(): number {
    return this.#random.next() < 0.002 ? this.#below(70_000) : this.#below(1200);
  }

  #rubbishOf(length: number): Uint8Array {
    const at = this.#below(this.#rubbish.length - length);
    return Buffer.from(this.#rubbish.subarray(at, at + length));
  }

  #below(max: number): number {
    return Math.floor(this.#random.next() * max);
  }
}

interface Sample {
  readonly inputs: number;
  readonly rssBytes: number;
}

/** Growth per 100,000 inputs by least squares. */
function slopeBytes(samples: readonly Sample[]): number {
  const meanInputs = samples.reduce((sum, { inputs }) => sum + inputs, 0) / samples.length;
  const meanRss = samples.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / samples.length;
  let covariance = 0;
  let variance = 0;
  for (const { inputs, rssBytes } of samples) {
    covariance += (inputs - meanInputs) * (rssBytes - meanRss);
    variance += (inputs - meanInputs) ** 2;
  }
  return variance === 0 ? 0 : (100_000 * covariance) / variance;
}

/**
 * Keeps V8 from enlarging its young generation: over a run it takes 50 MB in two steps, with no
 * byte more in use, which would hide growth of ours or look like it.
 */
function steadyHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
}

function collectGarbage(): void {
  runInNewContext('gc')();
}

async function fuzzPipes(inputCount: number, seed: number) {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const tally = new Tally(random);
  const inputs = new Inputs(random);
  let accept: (socket: ByteSocket) => void = silent;
  const listener: ByteListener = {
    host: '127.0.0.1',
    listen: async (onSocket) => {
      accept = onSocket;
      return { close: async () => undefined };
    },
  };
  await transportOn(listener, clock, tally.metrics).listen((leg) => tally.onLeg(leg));
  const samples: Sample[] = [];
  for (let done = 0; done < inputCount; done += 1) {
    const [caller, gateway] = bytePipe({ clock, cutBy: random });
    accept(gateway);
    caller.listen({ onBytes: silent, onDrain: silent, onEnd: silent });
    playCaller(caller, gateway, inputs.next(), random);
    clock.advance(random.next() < 0.01 ? 2500 : 1);
    if (done % inputsPerSample === inputsPerSample - 1) {
      collectGarbage();
      samples.push({ inputs: done, rssBytes: process.memoryUsage.rss() });
      progress(`${done + 1} inputs, ${megabytes(process.memoryUsage.rss())} MB`);
    }
  }
  clock.advance(10_000);
  return { tally, samples, pendingCount: clock.pendingCount };
}

function playCaller(caller: PipeEnd, gateway: PipeEnd, bytes: Uint8Array, random: Random): void {
  if (random.next() < 0.05) gateway.clog();
  const half = Math.floor(random.next() * bytes.length);
  caller.write(bytes.subarray(0, half));
  caller.write(bytes.subarray(half));
  if (random.next() < 0.5) caller.end();
  else caller.destroy();
}

async function fuzzSockets(inputCount: number, seed: number): Promise<Tally> {
  const random = seededRandom(seed);
  const tally = new Tally(random);
  const inputs = new Inputs(random);
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 });
  const transport = transportOn(listener, systemClock(), tally.metrics);
  const closer = await transport.listen((leg) => tally.onLeg(leg));
  const worker = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) {
      const socket = await connectTcp({ host: '127.0.0.1', port: listener.port });
      await new Promise<void>((resolve) => {
        socket.listen({ onBytes: silent, onDrain: silent, onEnd: () => resolve() });
        socket.write(inputs.next());
        if (random.next() < 0.8) socket.end();
        else socket.destroy();
      });
    }
  };
  const workerCount = 16;
  await Promise.all(
    Array.from({ length: workerCount }, () => worker(Math.ceil(inputCount / workerCount))),
  );
  await closer.close();
  return tally;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}   `);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}

function show(title: string, { legCount, events, limits }: Tally): void {
  console.log(`${title}: ${legCount} became calls`);
  for (const counts of [events, limits]) {
    const parts = [...counts].sort().map(([key, count]) => `${key} ${count}`);
    console.log(`  ${parts.join(', ')}`);
  }
}

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    sockets: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
  },
});
const inputCount = Number(values.inputs);
const socketCount = Number(values.sockets);
const seed = Number(values.seed);
console.log(`seed ${seed}: ${inputCount} inputs over pipes, ${socketCount} over sockets`);

steadyHeap();
const startedMs = performance.now();
const pipes = await fuzzPipes(inputCount, seed);
const warm = pipes.samples.filter(({ inputs }) => inputs >= warmUpShare * inputCount);
const growthBytes = slopeBytes(warm);
const tookS = (performance.now() - startedMs) / 1000;
show(`pipes (${tookS.toFixed(1)} s)`, pipes.tally);
const sockets = await fuzzSockets(socketCount, seed);
show('sockets', sockets);

const failures = [
  growthBytes >= slopeBytesMax && `memory grows by ${megabytes(growthBytes)} MB per 100,000 inputs`,
  pipes.tally.openCount > 0 && `${pipes.tally.openCount} legs on pipes have not ended`,
  pipes.pendingCount > 0 && `${pipes.pendingCount} timers are left`,
  resamplers.openCount > 0 && `${resamplers.openCount} resamplers are left`,
].filter((failure) => failure !== false);
const rssText = warm.map(({ rssBytes }) => megabytes(rssBytes));
console.log(`memory after warm-up: ${rssText[0]} to ${rssText.at(-1)} MB`);
console.log(`slope: ${megabytes(growthBytes)} MB per 100,000 inputs (limit 1.00)`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
if (failures.length === 0) console.log('withstood');
process.exitCode = failures.length === 0 ? 0 : 1;
