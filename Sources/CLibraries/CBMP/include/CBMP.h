#ifndef CBMP_H
#define CBMP_H

#include <stddef.h>
#include <stdint.h>

/// Decodes a BMP file into `width` * `height` * 3 bytes of RGB, top row first.
/// Returns NULL, or the reason as a constant string; then `rgb` is untouched.
const char *aibox_bmp_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, int width, int height);

#endif
