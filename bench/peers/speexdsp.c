/* CPU time of the speexdsp resampler, quality 5, on 20 ms frames of noise.
 * cc -O2 speexdsp.c -lspeexdsp -o speexdsp && ./speexdsp FROM_HZ TO_HZ FOR_MS
 * prints microseconds per frame. */
#include <speex/speex_resampler.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int count, char **values) {
  if (count != 4) return 2;
  spx_uint32_t from = atoi(values[1]), to = atoi(values[2]);
  clock_t least = (clock_t)(atof(values[3]) / 1000 * CLOCKS_PER_SEC);
  SpeexResamplerState *state = speex_resampler_init(1, from, to, 5, NULL);
  static int16_t source[960], target[1920];
  uint32_t seed = 1;
  for (int i = 0; i < 960; i++) {
    seed = seed * 1664525u + 1013904223u;
    source[i] = (int16_t)(seed >> 17) - 16384;
  }
  long frames = 0;
  clock_t start = clock(), spent = 0;
  while (spent < least) {
    for (int i = 0; i < 200; i++) {
      spx_uint32_t in = from / 50, out = 1920;
      speex_resampler_process_int(state, 0, source, &in, target, &out);
    }
    frames += 200;
    spent = clock() - start;
  }
  printf("%f\n", (double)spent / CLOCKS_PER_SEC * 1e6 / frames);
  return 0;
}
