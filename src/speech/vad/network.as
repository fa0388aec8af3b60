// The layers of speech-network.ts in AssemblyScript with 128-bit SIMD, single precision.
// Build and compare: node scripts/build-kernel.ts. The bytes it makes are in network-wasm.ts.
//
// All memory is the host's. A layer has four words (groups of eight rows, columns, the least that
// a row may give, nothing), the biases, and the weights dealt column by column:
// [groups][columns][8]. Rows are completed to whole groups, and so is what comes out.

/** One layer over one vector; its columns are a multiple of 4. */
export function dense(layer: usize, from: usize, to: usize): void {
  const groups = load<i32>(layer);
  const columnBytes = <usize>load<i32>(layer, 4) << 2;
  const least = v128.load32_splat(layer, 8);
  let biases = layer + 16;
  let weights = biases + (groups << 5);
  for (let group = 0; group < groups; group++) {
    // Four pairs of sums: with one, every addition would wait for the one before.
    let a0 = v128.load(biases), a1 = v128.load(biases, 16);
    let b0 = f32x4.splat(0), b1 = b0, c0 = b0, c1 = b0, d0 = b0, d1 = b0;
    for (let at: usize = 0; at < columnBytes; at += 16, weights += 128) {
      let value = v128.load32_splat(from + at);
      a0 = accumulate(a0, v128.load(weights), value);
      a1 = accumulate(a1, v128.load(weights, 16), value);
      value = v128.load32_splat(from + at, 4);
      b0 = accumulate(b0, v128.load(weights, 32), value);
      b1 = accumulate(b1, v128.load(weights, 48), value);
      value = v128.load32_splat(from + at, 8);
      c0 = accumulate(c0, v128.load(weights, 64), value);
      c1 = accumulate(c1, v128.load(weights, 80), value);
      value = v128.load32_splat(from + at, 12);
      d0 = accumulate(d0, v128.load(weights, 96), value);
      d1 = accumulate(d1, v128.load(weights, 112), value);
    }
    a0 = f32x4.add(f32x4.add(a0, b0), f32x4.add(c0, d0));
    a1 = f32x4.add(f32x4.add(a1, b1), f32x4.add(c1, d1));
    storePair(to, a0, a1, least);
    biases += 32;
    to += 32;
  }
}

/** The same over four vectors, `fromStride` bytes apart: the weights are read but once. */
export function denseOfFour(
  layer: usize, from: usize, fromStride: usize, to: usize, toStride: usize,
): void {
  const groups = load<i32>(layer);
  const columnBytes = <usize>load<i32>(layer, 4) << 2;
  const least = v128.load32_splat(layer, 8);
  let biases = layer + 16;
  let weights = biases + (groups << 5);
  const from1 = from + fromStride;
  const from2 = from1 + fromStride;
  const from3 = from2 + fromStride;
  for (let group = 0; group < groups; group++) {
    let a0 = v128.load(biases), a1 = v128.load(biases, 16);
    let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
    for (let at: usize = 0; at < columnBytes; at += 4, weights += 32) {
      const low = v128.load(weights);
      const high = v128.load(weights, 16);
      let value = v128.load32_splat(from + at);
      a0 = accumulate(a0, low, value);
      a1 = accumulate(a1, high, value);
      value = v128.load32_splat(from1 + at);
      b0 = accumulate(b0, low, value);
      b1 = accumulate(b1, high, value);
      value = v128.load32_splat(from2 + at);
      c0 = accumulate(c0, low, value);
      c1 = accumulate(c1, high, value);
      value = v128.load32_splat(from3 + at);
      d0 = accumulate(d0, low, value);
      d1 = accumulate(d1, high, value);
    }
    storePair(to, a0, a1, least);
    storePair(to + toStride, b0, b1, least);
    storePair(to + 2 * toStride, c0, c1, least);
    storePair(to + 3 * toStride, d0, d1, least);
    biases += 32;
    to += 32;
  }
}

// @ts-ignore: decorator
@inline
function accumulate(sum: v128, weights: v128, value: v128): v128 {
  return f32x4.add(sum, f32x4.mul(weights, value));
}

// @ts-ignore: decorator
@inline
function storePair(to: usize, low: v128, high: v128, least: v128): void {
  v128.store(to, f32x4.max(low, least));
  v128.store(to, f32x4.max(high, least), 16);
}
