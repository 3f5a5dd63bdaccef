// The instruction mix of runtime-as/kernels/matmul.ts in C with SSE4.1: what the same algorithm reaches without WebAssembly.
// Dense layers of ad01's shape, random weights; prints the median time per inference in microseconds.
#include <smmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LAYERS = 10, ROUNDS = 41, CALLS = 2000 };
static const int widths[LAYERS + 1] = {640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640};

#define LOAD(p) _mm_load_si128((const __m128i *)(p))
#define STORE(p, v) _mm_store_si128((__m128i *)(p), v)
#define BEGIN(u) __m128i a##u = LOAD(w + 32 * u), t##u = _mm_add_epi32(_mm_slli_epi32(a##u, 8), LOAD(w + 32 * u + 16));
#define SPLAT(p) _mm_shuffle_epi32(_mm_cvtsi32_si128(*(const int32_t *)(p)), 0)
#define STEP(u) { const __m128i p = LOAD(w + 16 * u); a##u = _mm_add_epi32(a##u, _mm_madd_epi16(_mm_srai_epi16(p, 8), v)); t##u = _mm_add_epi32(t##u, _mm_madd_epi16(p, v)); }
#define END(u) STORE(acc + 8 * u, a##u); STORE(acc + 8 * u + 4, _mm_sub_epi32(_mm_sub_epi32(t##u, _mm_slli_epi32(a##u, 8)), offset));

// x: i16[depth], w: packed "hi/lo" pairs, acc: i32[rows]; rows a multiple of 8, depth of 8.
static void matmul(const int16_t *x, const uint8_t *w, int32_t *acc, int depth, int rows) {
  __m128i total = _mm_setzero_si128();
  for (int k = 0; k < depth; k += 8) total = _mm_add_epi32(total, _mm_madd_epi16(LOAD(x + k), _mm_set1_epi16(1)));
  total = _mm_hadd_epi32(total, total);
  total = _mm_hadd_epi32(total, total);
  const __m128i offset = _mm_slli_epi32(total, 7);
  for (; rows >= 32; rows -= 32, acc += 32) {
    BEGIN(0) BEGIN(1) BEGIN(2) BEGIN(3)
    w += 128;
    // As V8 does by itself; without it gcc copies eight registers per step, and the ceiling is below what it shall bound.
#pragma GCC unroll 8
    for (int k = 0; k < depth; k += 2, w += 64) {
      const __m128i v = SPLAT(x + k);
      STEP(0) STEP(1) STEP(2) STEP(3)
    }
    END(0) END(1) END(2) END(3)
  }
  for (; rows > 0; rows -= 8, acc += 8) {
    BEGIN(0)
    w += 32;
    for (int k = 0; k < depth; k += 2, w += 16) {
      const __m128i v = SPLAT(x + k);
      STEP(0)
    }
    END(0)
  }
}

static __m128i round_clamped(__m128 v) {
  const __m128 magic = _mm_set1_ps(12582912.0f);
  v = _mm_min_ps(_mm_max_ps(v, _mm_setzero_ps()), _mm_set1_ps(255.0f));
  return _mm_sub_epi32(_mm_castps_si128(_mm_add_ps(v, magic)), _mm_set1_epi32(0x4b400000));
}

static void requantize(const int32_t *acc, int16_t *out, int n, float scale) {
  const __m128 factor = _mm_set1_ps(scale);
  for (int i = 0; i < n; i += 8) {
    const __m128i first = round_clamped(_mm_mul_ps(_mm_cvtepi32_ps(_mm_load_si128((const __m128i *)(acc + i))), factor));
    const __m128i second = round_clamped(_mm_mul_ps(_mm_cvtepi32_ps(_mm_load_si128((const __m128i *)(acc + i + 4))), factor));
    _mm_store_si128((__m128i *)(out + i), _mm_packs_epi32(first, second));
  }
}

static void *aligned(size_t bytes) { return aligned_alloc(64, (bytes + 63) / 64 * 64); }

static int compare(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

int main(void) {
  uint8_t *weights[LAYERS];
  for (int l = 0; l < LAYERS; l++) {
    const size_t bytes = (size_t)widths[l + 1] * (widths[l] + 4);
    weights[l] = aligned(bytes);
    for (size_t i = 0; i < bytes; i++) weights[l][i] = (uint8_t)(rand() & 127);
  }
  float *input = aligned(sizeof(float) * 640);
  for (int i = 0; i < 640; i++) input[i] = (float)(rand() % 255);
  int16_t *x = aligned(2 * 640), *y = aligned(2 * 640);
  int32_t *acc = aligned(4 * 640);
  double times[ROUNDS];
  volatile float sink = 0;
  for (int round = 0; round < ROUNDS; round++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int call = 0; call < CALLS; call++) {
      for (int i = 0; i < 640; i += 8) {
        const __m128i first = round_clamped(_mm_load_ps(input + i)), second = round_clamped(_mm_load_ps(input + i + 4));
        _mm_store_si128((__m128i *)(x + i), _mm_packs_epi32(first, second));
      }
      for (int l = 0; l < LAYERS; l++) {
        matmul(x, weights[l], acc, widths[l], widths[l + 1]);
        if (l < LAYERS - 1) { requantize(acc, y, widths[l + 1], 1e-4f); int16_t *swap = x; x = y; y = swap; }
      }
      __m128 sums = _mm_setzero_ps();
      for (int i = 0; i < 640; i += 4) {
        const __m128 d = _mm_sub_ps(_mm_load_ps(input + i), _mm_mul_ps(_mm_cvtepi32_ps(_mm_load_si128((const __m128i *)(acc + i))), _mm_set1_ps(1e-3f)));
        sums = _mm_add_ps(sums, _mm_mul_ps(d, d));
      }
      sink += _mm_cvtss_f32(sums);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    times[round] = ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / 1e3 / CALLS;
  }
  qsort(times, ROUNDS, sizeof(double), compare);
  printf("%f\n", times[ROUNDS / 2]);
  return 0;
}
