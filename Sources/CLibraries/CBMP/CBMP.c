// BMP out of stb_image (libstb-dev): the other formats have libraries of their own.
#include "CBMP.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

// A file must not end the process: masks that stb_image asserts on only give odd colours.
#define STBI_ASSERT(condition) ((void)0)
#define STBI_MAX_DIMENSIONS 65535
#define STBI_NO_STDIO
#define STBI_ONLY_BMP
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma clang diagnostic pop

enum { file_header = 14, core_header = 12, shortest_file = file_header + core_header, offset_field = 10 };

static uint32_t number(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/// A copy whose palette has the 256 colours that stb_image takes from its stack otherwise, or NULL.
static uint8_t *with_whole_palette(const uint8_t *bytes, size_t *count) {
    uint32_t data = number(bytes + offset_field);
    uint32_t header = number(bytes + file_header);
    if (header > 256 || data < file_header + header || data > *count) { return NULL; }
    // For the oldest header stb_image counts colours from 24 bytes on.
    uint32_t palette = header == core_header ? 24 - core_header + 256 * 3 : 256 * 4;
    uint32_t defined = data - file_header - header;
    uint32_t new_data = file_header + header + palette;
    uint8_t *copy = calloc(1, new_data + (*count - data));
    if (copy == NULL) { return NULL; }
    memcpy(copy, bytes, file_header + header + (defined < palette ? defined : palette));
    for (int byte = 0; byte < 4; byte++) { copy[offset_field + byte] = (uint8_t)(new_data >> (8 * byte)); }
    memcpy(copy + new_data, bytes + data, *count - data);
    *count = new_data + (*count - data);
    return copy;
}

static int bits_per_pixel(const uint8_t *bytes, size_t count) {
    size_t at = number(bytes + file_header) == core_header ? 24 : 28;
    return at + 2 <= count ? bytes[at] | bytes[at + 1] << 8 : 0;
}

const char *aibox_bmp_decode(const uint8_t *bytes, size_t count, uint8_t *rgb, int width, int height) {
    if (count < shortest_file || count > INT_MAX / 2) { return "bad size"; }
    uint8_t *copy = NULL;
    if (bits_per_pixel(bytes, count) <= 8) {
        copy = with_whole_palette(bytes, &count);
        if (copy == NULL) { return "bad palette"; }
    }
    int found_width = 0, found_height = 0, channels = 0;
    uint8_t *pixels =
        stbi_load_from_memory(copy ? copy : bytes, (int)count, &found_width, &found_height, &channels, 3);
    free(copy);
    if (pixels == NULL) { return stbi_failure_reason(); }
    const char *reason = found_width == width && found_height == height ? NULL : "bad size";
    if (reason == NULL) { memcpy(rgb, pixels, (size_t)width * (size_t)height * 3); }
    stbi_image_free(pixels);
    return reason;
}
