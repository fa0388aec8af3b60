// The FIR of rate-plan.ts in AssemblyScript with 128-bit SIMD, single precision.
// Build and compare: node scripts/build-kernel.ts. The bytes it makes are in fir-wasm.ts.
//
// Memory: source samples, work lines and target samples at the fixed places below, the rest is the
// host's: plans (up, down, taps, isMirrored, coefficients) and lanes (per line `taps` floats).
// Periods are filtered 8 or 32 at once, so lines and target have that much room to spare.

export const sourceAt: usize = 1024;
const linesAt: usize = 8192;
export const targetAt: usize = 24576;
export const heapAt: usize = 49152;

const sparePeriods: i32 = 32;

/** Returns the number of complete periods, whose samples are then at `targetAt`. */
export function run(plan: usize, lane: usize, pending: i32, sampleCount: i32): i32 {
  const up = load<i32>(plan);
  const down = load<i32>(plan, 4);
  const taps = load<i32>(plan, 8);
  const isMirrored = load<i32>(plan, 12);
  const coefficients = plan + 16;
  const periods = (pending + sampleCount) / down;
  const historyBytes = taps << 2;
  const stride = (taps + periods + sparePeriods + 1) << 2;

  for (let line = 0; line < down; line++) {
    memory.copy(linesAt + line * stride, lane + line * historyBytes, historyBytes);
  }
  deal(linesAt + historyBytes - 4, stride, down, pending, sampleCount);
  if (up == 1) {
    filterOnePhase(coefficients, stride, down, taps, periods);
  } else if (up == 2) {
    filterTwoPhases(coefficients, stride, down, taps, periods);
  } else if (isMirrored) {
    filterMirrored(coefficients, taps, periods);
  } else {
    for (let phase = 0; phase < up; phase += 3) {
      filterThreePhases(coefficients, phase, up, stride, down, taps, periods);
    }
  }
  for (let line = 0; line < down; line++) {
    memory.copy(lane + line * historyBytes, linesAt + line * stride + (periods << 2), historyBytes);
  }
  return periods;
}

/** Deals `sampleCount` samples to `down` lines as floats, from place `pending` of a period on. */
function deal(lines: usize, stride: usize, down: i32, pending: i32, sampleCount: i32): void {
  let from = sourceAt;
  const end = sourceAt + (sampleCount << 1);
  while (pending != 0 && from < end) {
    store<f32>(lines + pending * stride, <f32>load<i16>(from));
    from += 2;
    if (++pending == down) {
      pending = 0;
      lines += 4;
    }
  }
  if (down == 1) {
    for (; from + 16 <= end; from += 16, lines += 32) storeFloats(lines, v128.load(from));
  } else if (down == 2) {
    for (; from + 32 <= end; from += 32, lines += 32) {
      const a = v128.load(from);
      const b = v128.load(from, 16);
      storeFloats(lines, v128.shuffle<i16>(a, b, 0, 2, 4, 6, 8, 10, 12, 14));
      storeFloats(lines + stride, v128.shuffle<i16>(a, b, 1, 3, 5, 7, 9, 11, 13, 15));
    }
  } else if (down == 3) {
    for (; from + 48 <= end; from += 48, lines += 32) {
      const a = v128.load(from);
      const b = v128.load(from, 16);
      const c = v128.load(from, 32);
      const ab0 = v128.shuffle<i16>(a, b, 0, 3, 6, 9, 12, 15, 0, 0);
      const ab1 = v128.shuffle<i16>(a, b, 1, 4, 7, 10, 13, 0, 0, 0);
      const ab2 = v128.shuffle<i16>(a, b, 2, 5, 8, 11, 14, 0, 0, 0);
      storeFloats(lines, v128.shuffle<i16>(ab0, c, 0, 1, 2, 3, 4, 5, 10, 13));
      storeFloats(lines + stride, v128.shuffle<i16>(ab1, c, 0, 1, 2, 3, 4, 8, 11, 14));
      storeFloats(lines + 2 * stride, v128.shuffle<i16>(ab2, c, 0, 1, 2, 3, 4, 9, 12, 15));
    }
  }
  for (let line = 0; from < end; from += 2) {
    store<f32>(lines + line * stride, <f32>load<i16>(from));
    if (++line == down) {
      line = 0;
      lines += 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function storeFloats(to: usize, samples: v128): void {
  v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(samples)));
  v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(samples)), 16);
}

// @ts-ignore: decorator
@inline
function toSamples(low: v128, high: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(low)),
    i32x4.trunc_sat_f32x4_s(f32x4.nearest(high)),
  );
}

// @ts-ignore: decorator
@inline
function accumulate(sum: v128, samples: v128, coefficient: v128): v128 {
  return f32x4.add(sum, f32x4.mul(samples, coefficient));
}

/** up = 1: thirty-two periods at once; with sixteen the sums wait for each other (12 % slower). */
function filterOnePhase(
  coefficients: usize, stride: usize, down: i32, taps: i32, periods: i32,
): void {
  for (let period = 0; period < periods; period += 32) {
    let a = f32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
    let coefficient = coefficients;
    for (let line = 0; line < down; line++) {
      let samples = linesAt + line * stride + (period << 2);
      const end = samples + (taps << 2);
      for (; samples < end; samples += 4, coefficient += 4) {
        const factor = v128.load32_splat(coefficient);
        a = accumulate(a, v128.load(samples), factor);
        b = accumulate(b, v128.load(samples, 16), factor);
        c = accumulate(c, v128.load(samples, 32), factor);
        d = accumulate(d, v128.load(samples, 48), factor);
        e = accumulate(e, v128.load(samples, 64), factor);
        f = accumulate(f, v128.load(samples, 80), factor);
        g = accumulate(g, v128.load(samples, 96), factor);
        h = accumulate(h, v128.load(samples, 112), factor);
      }
    }
    const to = targetAt + (period << 1);
    v128.store(to, toSamples(a, b));
    v128.store(to, toSamples(c, d), 16);
    v128.store(to, toSamples(e, f), 32);
    v128.store(to, toSamples(g, h), 48);
  }
}

/** up = 2: eight periods at once. */
function filterTwoPhases(
  coefficients: usize, stride: usize, down: i32, taps: i32, periods: i32,
): void {
  for (let period = 0; period < periods; period += 8) {
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0;
    let coefficient = coefficients;
    for (let line = 0; line < down; line++) {
      let samples = linesAt + line * stride + (period << 2);
      const end = samples + (taps << 2);
      for (; samples < end; samples += 4, coefficient += 8) {
        const low = v128.load(samples);
        const high = v128.load(samples, 16);
        const first = v128.load32_splat(coefficient);
        const second = v128.load32_splat(coefficient, 4);
        a0 = accumulate(a0, low, first);
        a1 = accumulate(a1, high, first);
        b0 = accumulate(b0, low, second);
        b1 = accumulate(b1, high, second);
      }
    }
    const a = toSamples(a0, a1);
    const b = toSamples(b0, b1);
    const to = targetAt + (period << 2);
    v128.store(to, v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  }
}

/**
 * up = 3 and down = 1 with a filter of 3 * taps coefficients that is its own mirror image: phase 2
 * has the coefficients of phase 0 backwards, phase 1 is a mirror image too. Sums and differences of
 * mirrored samples then halve the products (22 % faster). Per pair: (c0 + c2) / 2, (c0 - c2) / 2
 * and c1.
 */
function filterMirrored(coefficients: usize, taps: i32, periods: i32): void {
  const half = <usize>(taps >> 1) << 2;
  for (let period = 0; period < periods; period += 8) {
    let even0 = f32x4.splat(0), even1 = even0, odd0 = even0, odd1 = even0, b0 = even0, b1 = even0;
    let coefficient = coefficients;
    let older = linesAt + (period << 2);
    const middle = older + half;
    let newer = middle + half;
    for (; older < middle; older += 4, newer -= 4, coefficient += 12) {
      const olderLow = v128.load(older);
      const olderHigh = v128.load(older, 16);
      const newerLow = v128.load(newer);
      const newerHigh = v128.load(newer, 16);
      const sumLow = f32x4.add(olderLow, newerLow);
      const sumHigh = f32x4.add(olderHigh, newerHigh);
      const even = v128.load32_splat(coefficient);
      const odd = v128.load32_splat(coefficient, 4);
      const second = v128.load32_splat(coefficient, 8);
      even0 = accumulate(even0, sumLow, even);
      even1 = accumulate(even1, sumHigh, even);
      b0 = accumulate(b0, sumLow, second);
      b1 = accumulate(b1, sumHigh, second);
      odd0 = accumulate(odd0, f32x4.sub(olderLow, newerLow), odd);
      odd1 = accumulate(odd1, f32x4.sub(olderHigh, newerHigh), odd);
    }
    const low = v128.load(middle);
    const high = v128.load(middle, 16);
    const even = v128.load32_splat(coefficient);
    const second = v128.load32_splat(coefficient, 8);
    even0 = accumulate(even0, low, even);
    even1 = accumulate(even1, high, even);
    b0 = accumulate(b0, low, second);
    b1 = accumulate(b1, high, second);
    const to = targetAt + period * 6;
    storeEach(to, 6, toSamples(f32x4.add(even0, odd0), f32x4.add(even1, odd1)));
    storeEach(to + 2, 6, toSamples(b0, b1));
    storeEach(to + 4, 6, toSamples(f32x4.sub(even0, odd0), f32x4.sub(even1, odd1)));
  }
}

/** up = 3 or 6: three phases of eight periods at once. */
function filterThreePhases(
  coefficients: usize, phase: i32, up: i32, stride: usize, down: i32, taps: i32, periods: i32,
): void {
  const step = up << 2;
  for (let period = 0; period < periods; period += 8) {
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
    let coefficient = coefficients + (phase << 2);
    for (let line = 0; line < down; line++) {
      let samples = linesAt + line * stride + (period << 2);
      const end = samples + (taps << 2);
      for (; samples < end; samples += 4, coefficient += step) {
        const low = v128.load(samples);
        const high = v128.load(samples, 16);
        const first = v128.load32_splat(coefficient);
        const second = v128.load32_splat(coefficient, 4);
        const third = v128.load32_splat(coefficient, 8);
        a0 = accumulate(a0, low, first);
        a1 = accumulate(a1, high, first);
        b0 = accumulate(b0, low, second);
        b1 = accumulate(b1, high, second);
        c0 = accumulate(c0, low, third);
        c1 = accumulate(c1, high, third);
      }
    }
    const to = targetAt + ((period * up + phase) << 1);
    storeEach(to, up << 1, toSamples(a0, a1));
    storeEach(to + 2, up << 1, toSamples(b0, b1));
    storeEach(to + 4, up << 1, toSamples(c0, c1));
  }
}

// @ts-ignore: decorator
@inline
function storeEach(to: usize, step: usize, samples: v128): void {
  v128.store_lane<i16>(to, samples, 0);
  v128.store_lane<i16>(to + step, samples, 1);
  v128.store_lane<i16>(to + 2 * step, samples, 2);
  v128.store_lane<i16>(to + 3 * step, samples, 3);
  v128.store_lane<i16>(to + 4 * step, samples, 4);
  v128.store_lane<i16>(to + 5 * step, samples, 5);
  v128.store_lane<i16>(to + 6 * step, samples, 6);
  v128.store_lane<i16>(to + 7 * step, samples, 7);
}
