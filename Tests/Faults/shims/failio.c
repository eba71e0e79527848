// failio.so: the n-th write or sync of files below a folder fails.
//
//   LD_PRELOAD=failio.so FAILIO_ROOT=/folder FAILIO_NUMBER=17 FAILIO_ERROR=EIO|ENOSPC [FAILIO_LASTING=1]
//     [FAILIO_ARMED=/file] [FAILIO_LOG=/file] PROGRAM
//
// Calls are counted from 1, over all threads, once the file FAILIO_ARMED exists (from the start without it). The n-th
// fails without doing anything; with FAILIO_LASTING so does each that follows. What failed is written to FAILIO_LOG.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) static __typeof__(name) *real; if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

static char root[PATH_MAX];
static const char *armed, *logged;
static long number;
static int reason = EIO;
static bool is_lasting;
static long calls;

__attribute__((constructor)) static void start(void) {
    const char *watched = getenv("FAILIO_ROOT"), *nth = getenv("FAILIO_NUMBER"), *error = getenv("FAILIO_ERROR");
    if (!watched || !nth || !realpath(watched, root)) return;
    armed = getenv("FAILIO_ARMED");
    logged = getenv("FAILIO_LOG");
    is_lasting = getenv("FAILIO_LASTING");
    if (error && !strcmp(error, "ENOSPC")) reason = ENOSPC;
    number = atol(nth);
}

static void report(const char *call, const char *path, long count) {
    REAL(write);
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", count, call, path);
    int file = logged ? open(logged, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (file < 0) return;
    if (real(file, line, length) < 0) perror("failio");
    close(file);
}

static bool fails(const char *call, int descriptor) {
    if (number <= 0) return false;
    char link[64], path[PATH_MAX];
    struct stat status;
    if (fstat(descriptor, &status) || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return false;
    path[length] = 0;
    if (strncmp(path, root, strlen(root)) || (armed && access(armed, F_OK))) return false;
    long count = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (count != number && !(is_lasting && count > number)) return false;
    report(call, path, count);
    errno = reason;
    return true;
}

#define FAILING(type, name, parameters, arguments) \
    type name parameters { REAL(name); return fails(#name, descriptor) ? -1 : real arguments; }

FAILING(ssize_t, write, (int descriptor, const void *bytes, size_t size), (descriptor, bytes, size))
FAILING(ssize_t, pwrite, (int descriptor, const void *bytes, size_t size, off_t offset), (descriptor, bytes, size, offset))
FAILING(ssize_t, pwrite64, (int descriptor, const void *bytes, size_t size, off_t offset), (descriptor, bytes, size, offset))
FAILING(ssize_t, writev, (int descriptor, const struct iovec *parts, int count), (descriptor, parts, count))
FAILING(ssize_t, pwritev, (int descriptor, const struct iovec *parts, int count, off_t offset), (descriptor, parts, count, offset))
FAILING(ssize_t, pwritev64, (int descriptor, const struct iovec *parts, int count, off_t offset), (descriptor, parts, count, offset))
FAILING(int, fsync, (int descriptor), (descriptor))
FAILING(int, fdatasync, (int descriptor), (descriptor))
FAILING(int, ftruncate, (int descriptor, off_t size), (descriptor, size))
FAILING(int, ftruncate64, (int descriptor, off_t size), (descriptor, size))
