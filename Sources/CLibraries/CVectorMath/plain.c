#include "kernels.h"

static void scores(const int8_t *rows, size_t row_count, const int8_t *probes, size_t probe_count, size_t stride,
                   int32_t *out) {
    for (size_t r = 0; r < row_count; r++) {
        const int8_t *row = rows + r * stride;
        for (size_t p = 0; p < probe_count; p++) {
            const int8_t *probe = probes + p * stride;
            int32_t sum = 0;
            for (size_t i = 0; i < stride; i++) sum += (int32_t)row[i] * probe[i];
            out[p * row_count + r] = sum;
        }
    }
}

static size_t candidates(const int32_t *scores, const float *scales, const float *errors, size_t count,
                         float probe_scale, float factor, float constant, float threshold, uint32_t *out) {
    return select_candidates(scores, scales, errors, count, probe_scale, factor, constant, threshold, out);
}

const AIBoxVectorKernel aibox_kernel_plain = {"plain", scores, candidates};

double aibox_vector_dot(const float *left, const float *right, size_t count) {
    // Eight sums in a fixed order, which compilers turn into vectors without changing a bit.
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        for (size_t lane = 0; lane < 8; lane++) sums[lane] += (double)left[i + lane] * (double)right[i + lane];
    }
    for (; i < count; i++) sums[i % 8] += (double)left[i] * (double)right[i];
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}
