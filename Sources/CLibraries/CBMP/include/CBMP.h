#ifndef CBMP_H
#define CBMP_H

#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

/// Decodes a BMP file into `width` * `height` * 3 bytes of RGB, top row first.
/// Returns NULL, or the reason as a constant string; then `rgb` is untouched.
const char *_Nullable aibox_bmp_decode(
    const void *_Nullable bytes, size_t count, uint8_t *_Nullable rgb, int width, int height);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#endif
