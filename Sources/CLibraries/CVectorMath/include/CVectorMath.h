#ifndef CVECTORMATH_H
#define CVECTORMATH_H

#include <stddef.h>
#include <stdint.h>

/// The bytes of one int8 vector are padded with zeros to a multiple of this.
#define AIBOX_VECTOR_STRIDE 64

/// The inner loops of a search in one instruction set. All kernels give the same bits.
typedef struct {
    const char *name;

    /// Inner products of int8 vectors: `out[p * row_count + r]` = rows[r] · probes[p].
    /// `stride` is the length of every vector, a multiple of AIBOX_VECTOR_STRIDE and at most 65,536; `rows` and
    /// `probes` are row after row. Every element lies in -127 ... 127.
    void (*scores)(const int8_t *rows, size_t row_count, const int8_t *probes, size_t probe_count, size_t stride,
                   int32_t *out);

    /// The rows whose upper bound `scores[r] * scales[r] * probe_scale + (errors[r] * factor + constant)` reaches
    /// `threshold`: their numbers, ascending, in `out` (room for `count`). Returns how many.
    size_t (*candidates)(const int32_t *scores, const float *scales, const float *errors, size_t count,
                         float probe_scale, float factor, float constant, float threshold, uint32_t *out);
} AIBoxVectorKernel;

/// The kernel number `index` that this processor runs, the fastest first and plain C last; NULL after the last.
const AIBoxVectorKernel *aibox_vector_kernel(size_t index);

/// Inner product in double precision; the same bits on every processor.
double aibox_vector_dot(const float *left, const float *right, size_t count);

#endif
