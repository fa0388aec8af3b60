/** What of a recording is one tone, and what is not. */
export interface ToneFit {
  /** Of the tone, in units of a sample. */
  readonly amplitude: number;
  /** Root mean square of all but the tone and a constant. */
  readonly residualRms: number;
  /** Level of the tone over the residual, in dB. */
  readonly snrDb: number;
}

/** Fits a sine of known frequency and a constant to `samples` by least squares. */
export function fitTone(samples: Int16Array, rateHz: number, hz: number): ToneFit {
  const step = (2 * Math.PI * hz) / rateHz;
  const basis = (index: number) => [Math.cos(step * index), Math.sin(step * index), 1] as const;
  const rows = [0, 1, 2].map(() => [0, 0, 0, 0]);
  samples.forEach((sample, index) => {
    const terms = basis(index);
    for (const [at, row] of rows.entries()) {
      for (const [column, term] of [...terms, sample].entries()) row[column]! += terms[at]! * term;
    }
  });
  const [cosine, sineTerm, constant] = solve(rows);
  let residual = 0;
  samples.forEach((sample, index) => {
    const terms = basis(index);
    residual += (sample - cosine! * terms[0] - sineTerm! * terms[1] - constant!) ** 2;
  });
  const amplitude = Math.hypot(cosine!, sineTerm!);
  const residualRms = Math.sqrt(residual / samples.length);
  return { amplitude, residualRms, snrDb: decibels(amplitude / Math.SQRT2 / residualRms) };
}

/** Gauss and Jordan on three equations, each row with its right side last; changes `rows`. */
function solve(rows: number[][]): number[] {
  for (const [pivot, row] of rows.entries()) {
    const scale = row[pivot]!;
    for (const [at, value] of row.entries()) row[at] = value / scale;
    for (const other of rows) {
      if (other === row) continue;
      const factor = other[pivot]!;
      for (const [at, value] of row.entries()) other[at]! -= factor * value;
    }
  }
  return rows.map((row) => row[3]!);
}

export function rmsOf(samples: Int16Array): number {
  const sum = samples.reduce((total, sample) => total + sample * sample, 0);
  return Math.sqrt(sum / Math.max(1, samples.length));
}

export function decibels(ratio: number): number {
  return 20 * Math.log10(ratio);
}
