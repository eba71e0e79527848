#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels.h"

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define UNROLL _Pragma("clang loop unroll(full)")

/// The four lane sums of four vectors.
AVX2 static inline __m128i reduce_four(__m256i a, __m256i b, __m256i c, __m256i d) {
    __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

AVX2 static inline __attribute__((always_inline)) void store_sums(const __m256i *sums, int rows, int32_t *out) {
    if (rows == TILE) {
        _mm_storeu_si128((__m128i *)out, reduce_four(sums[0], sums[1], sums[2], sums[3]));
    } else {
        __m256i zero = _mm256_setzero_si256();
        *out = _mm_cvtsi128_si32(reduce_four(sums[0], zero, zero, zero));
    }
}

/// R rows against P probes: bytes widened to 16 bits, products summed in pairs in 32.
AVX2 static inline __attribute__((always_inline)) void tile_avx2(
    const int8_t *rows, const int8_t *probes, size_t stride, size_t row_count, int32_t *out, int R, int P) {
    __m256i sums[2][TILE];
    UNROLL for (int p = 0; p < P; p++) {
        UNROLL for (int r = 0; r < R; r++) sums[p][r] = _mm256_setzero_si256();
    }
    if (P == 1) {
        // Bound by memory: the order that the processor's prefetchers follow.
        UNROLL for (int r = 0; r < R; r++) {
            for (size_t i = 0; i < stride; i += 16) {
                __m256i row = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(rows + (size_t)r * stride + i)));
                __m256i probe = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(probes + i)));
                sums[0][r] = _mm256_add_epi32(sums[0][r], _mm256_madd_epi16(row, probe));
            }
        }
    }
    for (size_t i = 0; P > 1 && i < stride; i += 16) {
        __m256i row[TILE];
        UNROLL for (int r = 0; r < R; r++) {
            row[r] = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(rows + (size_t)r * stride + i)));
        }
        UNROLL for (int p = 0; p < P; p++) {
            __m256i probe = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(probes + (size_t)p * stride + i)));
            UNROLL for (int r = 0; r < R; r++) {
                sums[p][r] = _mm256_add_epi32(sums[p][r], _mm256_madd_epi16(row[r], probe));
            }
        }
    }
    UNROLL for (int p = 0; p < P; p++) store_sums(sums[p], R, out + (size_t)p * row_count);
}

AVX2 static void scores_avx2(const int8_t *rows, size_t row_count, const int8_t *probes, size_t probe_count,
                             size_t stride, int32_t *out) {
#define TILE_AVX2(R, P)                                                                                  \
    /* Sixteen registers hold the sums of two probes at a time. */                                       \
    for (size_t pair = 0; pair < (P); pair += 2) {                                                       \
        tile_avx2(rows + row * stride, probes + (probe + pair) * stride, stride, row_count,              \
                  out + (probe + pair) * row_count + row, (R), (P) == 1 ? 1 : 2);                        \
    }
    FOR_TILES(TILE_AVX2)
}

AVX2 static size_t candidates_avx2(const int32_t *scores, const float *scales, const float *errors, size_t count,
                                   float probe_scale, float factor, float constant, float threshold, uint32_t *out) {
    return select_candidates(scores, scales, errors, count, probe_scale, factor, constant, threshold, out);
}

const AIBoxVectorKernel aibox_kernel_avx2 = {"avx2", scores_avx2, candidates_avx2};

/// R rows against P probes. VPDPBUSD multiplies unsigned by signed bytes: rows are raised by 128, which adds 128 times
/// the sum of the probe's elements to every product.
AVX512 static inline __attribute__((always_inline)) void tile_avx512(
    const int8_t *rows, const int8_t *probes, size_t stride, size_t row_count, const int32_t *excess, int32_t *out,
    int R, int P) {
    const __m512i raise = _mm512_set1_epi8((char)0x80);
    __m512i sums[TILE][TILE];
    UNROLL for (int p = 0; p < P; p++) {
        UNROLL for (int r = 0; r < R; r++) sums[p][r] = _mm512_setzero_si512();
    }
    if (P == 1) {
        // Bound by memory: the order that the processor's prefetchers follow.
        UNROLL for (int r = 0; r < R; r++) {
            for (size_t i = 0; i < stride; i += 64) {
                __m512i row = _mm512_xor_si512(_mm512_loadu_si512(rows + (size_t)r * stride + i), raise);
                sums[0][r] = _mm512_dpbusd_epi32(sums[0][r], row, _mm512_loadu_si512(probes + i));
            }
        }
    }
    for (size_t i = 0; P > 1 && i < stride; i += 64) {
        __m512i row[TILE];
        UNROLL for (int r = 0; r < R; r++) {
            row[r] = _mm512_xor_si512(_mm512_loadu_si512(rows + (size_t)r * stride + i), raise);
        }
        UNROLL for (int p = 0; p < P; p++) {
            __m512i probe = _mm512_loadu_si512(probes + (size_t)p * stride + i);
            UNROLL for (int r = 0; r < R; r++) sums[p][r] = _mm512_dpbusd_epi32(sums[p][r], row[r], probe);
        }
    }
    UNROLL for (int p = 0; p < P; p++) {
        __m256i halves[TILE];
        UNROLL for (int r = 0; r < R; r++) {
            halves[r] = _mm256_add_epi32(_mm512_castsi512_si256(sums[p][r]), _mm512_extracti64x4_epi64(sums[p][r], 1));
        }
        int32_t four[TILE];
        store_sums(halves, R, four);
        UNROLL for (int r = 0; r < R; r++) out[(size_t)p * row_count + r] = four[r] - excess[p];
    }
}

/// 128 times the sum of a vector's elements.
AVX512 static int32_t excess_of(const int8_t *vector, size_t stride) {
    __m512i sums = _mm512_setzero_si512();
    const __m512i raise = _mm512_set1_epi8((char)0x80);
    for (size_t i = 0; i < stride; i += 64) {
        sums = _mm512_dpbusd_epi32(sums, raise, _mm512_loadu_si512(vector + i));
    }
    return _mm512_reduce_add_epi32(sums);
}

AVX512 static void scores_some(const int8_t *rows, size_t row_count, const int8_t *probes, size_t probe_count,
                               size_t stride, const int32_t *excess, int32_t *out) {
#define TILE_AVX512(R, P)                                                                       \
    tile_avx512(rows + row * stride, probes + probe * stride, stride, row_count, excess + probe, \
                out + probe * row_count + row, (R), (P));
    FOR_TILES(TILE_AVX512)
}

AVX512 static void scores_avx512(const int8_t *rows, size_t row_count, const int8_t *probes, size_t probe_count,
                                 size_t stride, int32_t *out) {
    enum { BATCH = 64 };
    int32_t excess[BATCH];
    for (size_t start = 0; start < probe_count; start += BATCH) {
        size_t size = probe_count - start < BATCH ? probe_count - start : BATCH;
        const int8_t *batch = probes + start * stride;
        for (size_t p = 0; p < size; p++) excess[p] = excess_of(batch + p * stride, stride);
        scores_some(rows, row_count, batch, size, stride, excess, out + start * row_count);
    }
}

AVX512 static size_t candidates_avx512(const int32_t *scores, const float *scales, const float *errors, size_t count,
                                       float probe_scale, float factor, float constant, float threshold,
                                       uint32_t *out) {
    return select_candidates(scores, scales, errors, count, probe_scale, factor, constant, threshold, out);
}

const AIBoxVectorKernel aibox_kernel_avx512 = {"avx512-vnni", scores_avx512, candidates_avx512};

#endif
