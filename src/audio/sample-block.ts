/**
 * Room for samples seen two ways over the same memory: as 16-bit numbers and as the little-endian
 * bytes of a wire. Every machine Node runs on in practice is little-endian, so both agree.
 */
export interface SampleBlock {
  readonly samples: Int16Array;
  readonly bytes: Buffer;
}

export function sampleBlock(sampleCount: number): SampleBlock {
  return sampleBlockOver(new ArrayBuffer(2 * sampleCount), 0, sampleCount);
}

/** A block inside a larger memory; void when that memory grows. */
export function sampleBlockOver(
  memory: ArrayBuffer,
  byteOffset: number,
  sampleCount: number,
): SampleBlock {
  return {
    samples: new Int16Array(memory, byteOffset, sampleCount),
    bytes: Buffer.from(memory, byteOffset, 2 * sampleCount),
  };
}
