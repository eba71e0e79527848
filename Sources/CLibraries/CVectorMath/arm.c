#if defined(__aarch64__)

#include <arm_neon.h>

#include "kernels.h"

#define DOT __attribute__((target("dotprod")))
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

/// R rows against P probes with the multiplications of every ARMv8: two products of at most 127 * 127 fit 16 bits.
INLINE void tile_neon(const int8_t *rows, const int8_t *probes, size_t stride, size_t row_count, int32_t *out, int R,
                      int P) {
    int32x4_t sums[TILE][TILE];
    UNROLL for (int p = 0; p < P; p++) {
        UNROLL for (int r = 0; r < R; r++) sums[p][r] = vdupq_n_s32(0);
    }
    for (size_t i = 0; i < stride; i += 16) {
        int8x16_t row[TILE];
        UNROLL for (int r = 0; r < R; r++) row[r] = vld1q_s8(rows + (size_t)r * stride + i);
        UNROLL for (int p = 0; p < P; p++) {
            int8x16_t probe = vld1q_s8(probes + (size_t)p * stride + i);
            UNROLL for (int r = 0; r < R; r++) {
                int16x8_t products = vmull_s8(vget_low_s8(row[r]), vget_low_s8(probe));
                products = vmlal_s8(products, vget_high_s8(row[r]), vget_high_s8(probe));
                sums[p][r] = vpadalq_s16(sums[p][r], products);
            }
        }
    }
    UNROLL for (int p = 0; p < P; p++) {
        UNROLL for (int r = 0; r < R; r++) out[(size_t)p * row_count + r] = vaddvq_s32(sums[p][r]);
    }
}

static void scores_neon(const int8_t *rows, size_t row_count, const int8_t *probes, size_t probe_count, size_t stride,
                        int32_t *out) {
#define TILE_NEON(R, P)                                                                       \
    tile_neon(rows + row * stride, probes + probe * stride, stride, row_count,                \
              out + probe * row_count + row, (R), (P));
    FOR_TILES(TILE_NEON)
}

static size_t candidates_neon(const int32_t *scores, const float *scales, const float *errors, size_t count,
                              float probe_scale, float factor, float constant, float threshold, uint32_t *out) {
    return select_candidates(scores, scales, errors, count, probe_scale, factor, constant, threshold, out);
}

const AIBoxVectorKernel aibox_kernel_neon = {"neon", scores_neon, candidates_neon};

/// R rows against P probes with the dot product instructions of ARMv8.2.
DOT INLINE void tile_dot(const int8_t *rows, const int8_t *probes, size_t stride, size_t row_count, int32_t *out,
                         int R, int P) {
    int32x4_t sums[TILE][TILE];
    UNROLL for (int p = 0; p < P; p++) {
        UNROLL for (int r = 0; r < R; r++) sums[p][r] = vdupq_n_s32(0);
    }
    for (size_t i = 0; i < stride; i += 16) {
        int8x16_t row[TILE];
        UNROLL for (int r = 0; r < R; r++) row[r] = vld1q_s8(rows + (size_t)r * stride + i);
        UNROLL for (int p = 0; p < P; p++) {
            int8x16_t probe = vld1q_s8(probes + (size_t)p * stride + i);
            UNROLL for (int r = 0; r < R; r++) sums[p][r] = vdotq_s32(sums[p][r], row[r], probe);
        }
    }
    UNROLL for (int p = 0; p < P; p++) {
        UNROLL for (int r = 0; r < R; r++) out[(size_t)p * row_count + r] = vaddvq_s32(sums[p][r]);
    }
}

DOT static void scores_dot(const int8_t *rows, size_t row_count, const int8_t *probes, size_t probe_count,
                           size_t stride, int32_t *out) {
#define TILE_DOT(R, P)                                                                        \
    tile_dot(rows + row * stride, probes + probe * stride, stride, row_count,                 \
             out + probe * row_count + row, (R), (P));
    FOR_TILES(TILE_DOT)
}

const AIBoxVectorKernel aibox_kernel_dot = {"neon-dotprod", scores_dot, candidates_neon};

#endif
