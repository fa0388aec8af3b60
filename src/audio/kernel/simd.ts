import { assert } from '../../runtime/assert.ts';
import { GatewayError } from '../../runtime/errors.ts';
import type { RatePlan } from '../rate-plan.ts';
import { type SampleBlock, sampleBlockOver } from '../sample-block.ts';
import { blockSamplesMax, blockSamplesOutMax, type FirKernel, type FirLane } from './fir-kernel.ts';
import { firWasmBase64 } from './fir-wasm.ts';

/** The part of the WebAssembly API used here; the compiler's `es2024` library has none of it. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: object };
};

/** What fir.as exports. */
interface FirExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly sourceAt: { readonly value: number };
  readonly targetAt: { readonly value: number };
  readonly heapAt: { readonly value: number };
  run(plan: number, lane: number, pending: number, sampleCount: number): number;
}

const pageBytes = 65_536;

/** 16 MiB: room for 10,000 streams of the largest plan. */
const memoryPagesMax = 256;

/** Four 32-bit numbers before the coefficients of a plan. */
const planHeaderBytes = 16;

/** Cache line of every machine we run on: no two lanes share one. */
const alignBytes = 64;

/** The SIMD kernel with a memory of its own, or `null` where WebAssembly has no SIMD. */
export function simdKernel(): FirKernel | null {
  const bytes = Buffer.from(firWasmBase64, 'base64');
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return null;
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return new SimdKernel(instance.exports as FirExports);
}

interface MemoryViews {
  readonly source: SampleBlock;
  readonly target: SampleBlock;
  readonly floats: Float32Array;
}

function viewsOf({ memory, sourceAt, targetAt }: FirExports): MemoryViews {
  return {
    source: sampleBlockOver(memory.buffer, sourceAt.value, blockSamplesMax),
    target: sampleBlockOver(memory.buffer, targetAt.value, blockSamplesOutMax),
    floats: new Float32Array(memory.buffer),
  };
}

class SimdKernel implements FirKernel {
  readonly name = 'simd';
  readonly exports: FirExports;
  #views: MemoryViews;
  #nextAt: number;
  /** Given-back addresses by size in bytes. */
  readonly #freeAt = new Map<number, number[]>();
  readonly #planAt = new Map<RatePlan, number>();

  constructor(exports: FirExports) {
    this.exports = exports;
    this.#nextAt = exports.heapAt.value;
    this.#views = viewsOf(exports);
  }

  get source(): SampleBlock {
    return this.#views.source;
  }

  get target(): SampleBlock {
    return this.#views.target;
  }

  openLane(plan: RatePlan): FirLane {
    const planAt = this.#planAt.get(plan) ?? this.#store(plan);
    return new SimdLane(this, planAt, 4 * plan.down * plan.taps);
  }

  /** Zeroed room of `sizeBytes`, which the lane gives back by `release`. */
  allocate(sizeBytes: number): number {
    const address = this.#freeAt.get(sizeBytes)?.pop() ?? this.#extend(sizeBytes);
    this.clear(address, sizeBytes);
    return address;
  }

  release(address: number, sizeBytes: number): void {
    const free = this.#freeAt.get(sizeBytes);
    if (free) free.push(address);
    else this.#freeAt.set(sizeBytes, [address]);
  }

  clear(address: number, sizeBytes: number): void {
    this.#views.floats.fill(0, address / 4, (address + sizeBytes) / 4);
  }

  /** Writes the plan as fir.as reads it; plans are few and stay. */
  #store(plan: RatePlan): number {
    const folded = foldMirrored(plan);
    const coefficients = folded ?? plan.coefficients;
    const address = this.#extend(planHeaderBytes + 4 * coefficients.length);
    const header = new Int32Array(this.exports.memory.buffer, address, planHeaderBytes / 4);
    header.set([plan.up, plan.down, plan.taps, folded ? 1 : 0]);
    this.#views.floats.set(coefficients, (address + planHeaderBytes) / 4);
    this.#planAt.set(plan, address);
    return address;
  }

  #extend(sizeBytes: number): number {
    const address = this.#nextAt;
    const end = address + Math.ceil(sizeBytes / alignBytes) * alignBytes;
    const pagesNow = this.exports.memory.buffer.byteLength / pageBytes;
    const pagesNeeded = Math.ceil(end / pageBytes);
    if (pagesNeeded > memoryPagesMax) {
      const message = `resamplers fill ${pagesNow} pages of memory, the limit is ${memoryPagesMax}`;
      throw new GatewayError('CALLS_AT_LIMIT', message, { pagesNow, memoryPagesMax });
    }
    if (pagesNeeded > pagesNow) {
      this.exports.memory.grow(pagesNeeded - pagesNow);
      // Growing detaches every view of the memory.
      this.#views = viewsOf(this.exports);
    }
    this.#nextAt = end;
    return address;
  }
}

/** What `filterMirrored` of fir.as takes, or `null` where the plan is not as it needs it. */
function foldMirrored({ up, down, taps, coefficients, prototype }: RatePlan): number[] | null {
  if (up !== 3 || down !== 1 || prototype.length !== 3 * taps) return null;
  return Array.from({ length: (taps + 1) / 2 }, (_, tap) => {
    const [first, second, third] = coefficients.subarray(3 * tap, 3 * tap + 3);
    return [(first! + third!) / 2, (first! - third!) / 2, second!];
  }).flat();
}

class SimdLane implements FirLane {
  readonly #kernel: SimdKernel;
  readonly #planAt: number;
  readonly #sizeBytes: number;
  /** 0 once closed: a lane given to another stream is never touched by this one again. */
  #address: number;

  constructor(kernel: SimdKernel, planAt: number, sizeBytes: number) {
    this.#kernel = kernel;
    this.#planAt = planAt;
    this.#sizeBytes = sizeBytes;
    this.#address = kernel.allocate(sizeBytes);
  }

  run(pending: number, sampleCount: number): number {
    assert(this.#address !== 0, 'A closed resampler is not used.');
    return this.#kernel.exports.run(this.#planAt, this.#address, pending, sampleCount);
  }

  reset(): void {
    assert(this.#address !== 0, 'A closed resampler is not used.');
    this.#kernel.clear(this.#address, this.#sizeBytes);
  }

  close(): void {
    if (this.#address !== 0) this.#kernel.release(this.#address, this.#sizeBytes);
    this.#address = 0;
  }
}
