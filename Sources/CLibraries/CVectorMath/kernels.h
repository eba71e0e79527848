#ifndef KERNELS_H
#define KERNELS_H

#include "CVectorMath.h"

// Sums are rounded as written on every processor: no fused multiply-add.
#pragma STDC FP_CONTRACT OFF

extern const AIBoxVectorKernel aibox_kernel_plain;
#if defined(__x86_64__)
extern const AIBoxVectorKernel aibox_kernel_avx2;
extern const AIBoxVectorKernel aibox_kernel_avx512;
#elif defined(__aarch64__)
extern const AIBoxVectorKernel aibox_kernel_neon;
extern const AIBoxVectorKernel aibox_kernel_dot;
#endif

enum { GROUP = 16, TILE = 4 };

/// The selection of candidates, compiled once for each instruction set: few rows reach the threshold, so whole groups
/// are rejected by arithmetic that the compiler turns into vectors.
static inline __attribute__((always_inline)) size_t select_candidates(
    const int32_t *scores, const float *scales, const float *errors, size_t count, float probe_scale, float factor,
    float constant, float threshold, uint32_t *out) {
    size_t found = 0;
    for (size_t base = 0; base < count; base += GROUP) {
        size_t size = count - base < GROUP ? count - base : GROUP;
        float bounds[GROUP];
        int any = 0;
        if (size == GROUP) {
            for (size_t i = 0; i < GROUP; i++) {
                float score = (float)scores[base + i] * scales[base + i] * probe_scale;
                bounds[i] = score + (errors[base + i] * factor + constant);
                any |= bounds[i] >= threshold;
            }
        } else {
            for (size_t i = 0; i < size; i++) {
                float score = (float)scores[base + i] * scales[base + i] * probe_scale;
                bounds[i] = score + (errors[base + i] * factor + constant);
                any |= bounds[i] >= threshold;
            }
        }
        if (!any) continue;
        for (size_t i = 0; i < size; i++) {
            if (bounds[i] >= threshold) out[found++] = (uint32_t)(base + i);
        }
    }
    return found;
}

// Few probes are bound by memory: lines are asked for this many bytes ahead; where nothing is mapped that does nothing.
enum { AHEAD = 2048, LINE = 64 };

static inline __attribute__((always_inline)) void prefetch_tile(const int8_t *first, size_t stride) {
    for (size_t byte = 0; byte < TILE * stride; byte += LINE) __builtin_prefetch(first + AHEAD + byte);
}

/// Walks rows and probes in tiles of TILE x TILE, with narrower tiles at the edges, through `tile(R, P)`, which
/// computes R rows against P probes into `out[p * row_count + r]`.
#define FOR_TILES(tile)                                                         \
    size_t row = 0;                                                             \
    for (; row + TILE <= row_count; row += TILE) {                              \
        prefetch_tile(rows + row * stride, stride);                             \
        size_t probe = 0;                                                       \
        for (; probe + TILE <= probe_count; probe += TILE) { tile(TILE, TILE) } \
        for (; probe < probe_count; probe++) { tile(TILE, 1) }                  \
    }                                                                           \
    for (; row < row_count; row++) {                                            \
        for (size_t probe = 0; probe < probe_count; probe++) { tile(1, 1) }     \
    }

#endif
