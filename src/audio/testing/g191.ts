/** ulaw_compress of ITU-T G.191 (Software Tool Library), loop for loop. */
export function g191Mulaw(sample: number): number {
  const magnitude = Math.min(((sample < 0 ? ~sample : sample) >> 2) + 33, 0x1fff);
  let segment = 1;
  for (let rest = magnitude >> 6; rest !== 0; rest >>= 1) segment += 1;
  const code = ((0x08 - segment) << 4) | (0x0f - ((magnitude >> segment) & 0x0f));
  return sample >= 0 ? code | 0x80 : code;
}

/** alaw_compress of ITU-T G.191, loop for loop. */
export function g191Alaw(sample: number): number {
  let code = (sample < 0 ? ~sample : sample) >> 4;
  if (code > 15) {
    let exponent = 1;
    for (; code > 31; code >>= 1) exponent += 1;
    code = code - 16 + (exponent << 4);
  }
  return (sample >= 0 ? code | 0x80 : code) ^ 0x55;
}
