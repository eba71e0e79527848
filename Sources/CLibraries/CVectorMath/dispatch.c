#include "kernels.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

// Linux, arch/arm64/include/uapi/asm/hwcap.h: HWCAP_ASIMDDP.
static int has_dot_product(void) { return (getauxval(AT_HWCAP) & (1UL << 20)) != 0; }
#endif

const AIBoxVectorKernel *aibox_vector_kernel(size_t index) {
    const AIBoxVectorKernel *usable[4];
    size_t count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
        usable[count++] = &aibox_kernel_avx512;
    }
    if (__builtin_cpu_supports("avx2")) usable[count++] = &aibox_kernel_avx2;
#elif defined(__aarch64__)
#if defined(__linux__)
    if (has_dot_product()) usable[count++] = &aibox_kernel_dot;
#endif
    usable[count++] = &aibox_kernel_neon;
#endif
    usable[count++] = &aibox_kernel_plain;
    return index < count ? usable[index] : NULL;
}
