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
#pragma clang diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>



const char *aibox_bmp_decode(const void *bytes, size_t count, uint8_t *rgb, int width, int height) {
    if (count > INT_MAX) { return "too large"; }
    int found_width = 0, found_height = 0, channels = 0;
    uint8_t *pixels = stbi_load_from_memory(bytes, (int)count, &found_width, &found_height, &channels, 3);
    if (pixels == NULL) { return stbi_failure_reason(); }
    const char *reason = found_width == width && found_height == height ? NULL : "two sizes";
    if (reason == NULL) { memcpy(rgb, pixels, (size_t)width * (size_t)height * 3); }
    stbi_image_free(pixels);
    return reason;
}
