import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RateHz } from '../src/audio/format.ts';
import { inProcess, type Variant } from './bench.ts';
import { loadPeer } from './peer.load.ts';

/** Both directions of the telephone conversion, and the noise to convert. */
export interface Conversion {
  readonly fromHz: RateHz;
  readonly toHz: RateHz;
  readonly frame: Int16Array;
}

export interface SpeexModule {
  readonly default: {
    readonly default: SpeexClass;
  };
}

interface SpeexClass {
  readonly initPromise: Promise<unknown>;
  new (
    channels: number,
    fromHz: number,
    toHz: number,
    quality?: number,
  ): { processChunk(chunk: Buffer): Buffer };
}

/** npm `speex-resampler` at quality 5, as its README uses it; `null` when not installed. */
export async function speexResampler({ fromHz, toHz, frame }: Conversion): Promise<Variant | null> {
  const loaded = (await loadPeer('speex-resampler')) as SpeexModule | null;
  if (!loaded) return null;
  const Speex = loaded.default.default;
  await Speex.initPromise;
  const resampler = new Speex(1, fromHz, toHz, 5);
  const bytes = Buffer.from(frame.buffer);
  return inProcess('npm speex-resampler q5', (times) => {
    for (let turn = 0; turn < times; turn += 1) resampler.processChunk(bytes);
  });
}

interface EchogardenModule {
  readonly default: () => Promise<{
    readonly HEAP16: Int16Array;
    readonly HEAPU32: Uint32Array;
    _malloc(bytes: number): number;
    _speex_resampler_init(
      channels: number,
      fromHz: number,
      toHz: number,
      quality: number,
      errorAt: number,
    ): number;
    _speex_resampler_process_int(
      state: number,
      channel: number,
      sourceAt: number,
      sourceLengthAt: number,
      targetAt: number,
      targetLengthAt: number,
    ): number;
  }>;
}

/** npm `@echogarden/speex-resampler-wasm`, its SIMD build, at quality 5 and without allocation. */
export async function echogarden({ fromHz, toHz, frame }: Conversion): Promise<Variant | null> {
  const loaded = (await loadPeer('@echogarden/speex-resampler-wasm/simd')) as EchogardenModule;
  if (!loaded) return null;
  const speex = await loaded.default();
  const state = speex._speex_resampler_init(1, fromHz, toHz, 5, 0);
  const lengthsAt = speex._malloc(8);
  const sourceAt = speex._malloc(4096);
  const targetAt = speex._malloc(8192);
  const target = new Int16Array(960);
  return inProcess('npm echogarden speex SIMD q5', (times) => {
    for (let turn = 0; turn < times; turn += 1) {
      speex.HEAP16.set(frame, sourceAt >> 1);
      speex.HEAPU32[lengthsAt >> 2] = frame.length;
      speex.HEAPU32[(lengthsAt >> 2) + 1] = 4096;
      speex._speex_resampler_process_int(state, 0, sourceAt, lengthsAt, targetAt, lengthsAt + 4);
      const sampleCount = speex.HEAPU32[(lengthsAt >> 2) + 1]!;
      target.set(speex.HEAP16.subarray(targetAt >> 1, (targetAt >> 1) + sampleCount));
    }
  });
}

/** The C library of Debian, compiled into a small program of its own. */
export interface CSpeex {
  variant(conversion: Conversion): Variant;
  remove(): void;
}

/** `null` where there is no C compiler or no `libspeexdsp-dev`. */
export function buildCSpeex(): CSpeex | null {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-bench-'));
  const program = join(folder, 'speexdsp');
  const remove = () => rmSync(folder, { recursive: true });
  const source = fileURLToPath(new URL('./peers/speexdsp.c', import.meta.url));
  const built = spawnSync('cc', ['-O2', source, '-lspeexdsp', '-o', program]);
  if (built.status !== 0) {
    remove();
    return null;
  }
  return {
    variant: ({ fromHz, toHz }) => ({
      name: 'C speexdsp q5',
      microseconds: (forMs) =>
        Number(execFileSync(program, [`${fromHz}`, `${toHz}`, `${forMs}`], { encoding: 'utf8' })),
    }),
    remove,
  };
}
