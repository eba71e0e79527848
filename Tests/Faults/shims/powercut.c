// powercut.so: remembers what a disk is bound to have, so that a kill -9 can be turned into a power cut.
//
//   LD_PRELOAD=powercut.so POWERCUT_ROOT=/folder POWERCUT_STATE=/beside-it/state PROGRAM
//
// POSIX promises little: the content of a file as of its last fsync(2), and the entries of a folder as of the last
// fsync(2) of that folder. The shim keeps both for everything below POWERCUT_ROOT in POWERCUT_STATE, which is on the
// same file system, outside of the root, and survives a kill of the process:
//
//   files/<inode>.live   a hard link to the file: no content is gone and no inode number is used again
//   files/<inode>.disk   the content as of the last fsync
//   files/<inode>.dirty  a byte per page that was written since; the first says that every page counts as written
//   dirs/<inode>         the entries as of the last fsync: inode, kind and name, each entry ended by a NUL
//   graves/<inode>       folders that were removed
//
// What has no record there is as it was before the program came, and durable. Nothing is kept in the process alone, so
// several processes may share files, as those of PostgreSQL do. `PowerCut` (PowerCut.swift) makes the folder that is
// found when the power is back. Not seen: sync(2), msync(2) and io_uring; a file that is mapped for writing or opened
// by stdio is durable after an fsync of it and not before. With POWERCUT_DEAF=1 the disk only pretends to sync.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES (1 << 19)  // a file of 2 GB; what is beyond counts as one page
#define REAL(name) static __typeof__(name) *real; if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

static char root[PATH_MAX], state[PATH_MAX];
static size_t root_length;
static dev_t device;
static bool is_deaf;
static __thread bool is_inside;  // the shim's own calls are not recorded

// What cannot be recorded would be a loss that is nobody's fault.
static void die(const char *what) {
    fprintf(stderr, "powercut: %s: %s\n", what, strerror(errno));
    abort();
}

static void make_folder(const char *name) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/%s", state, name);
    if (mkdir(path, 0777) && errno != EEXIST) die(path);
    chmod(path, 0777);  // the processes of a service may be different users
}

__attribute__((constructor)) static void start(void) {
    const char *watched = getenv("POWERCUT_ROOT"), *kept = getenv("POWERCUT_STATE");
    struct stat status;
    if (!watched || !kept || !realpath(watched, root) || !realpath(kept, state) || stat(root, &status)) return;
    device = status.st_dev;
    is_deaf = getenv("POWERCUT_DEAF");
    is_inside = true;
    make_folder("files");
    make_folder("dirs");
    make_folder("graves");
    is_inside = false;
    root_length = strlen(root);
}

// MARK: Paths

// The absolute path of a name, with the links of its folder resolved; false when it is not below the root.
static bool locate(int folder, const char *name, char *path) {
    if (!root_length || is_inside || !name || !*name) return false;
    char joined[PATH_MAX * 2], parent[PATH_MAX];
    if (*name == '/') {
        snprintf(joined, sizeof joined, "%s", name);
    } else {
        char base[PATH_MAX];
        if (folder == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return false;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            ssize_t count = readlink(link, base, sizeof base - 1);
            if (count < 0) return false;
            base[count] = 0;
        }
        snprintf(joined, sizeof joined, "%s/%s", base, name);
    }
    size_t length = strlen(joined);
    while (length > 1 && joined[length - 1] == '/') joined[--length] = 0;
    char *slash = strrchr(joined, '/');
    *slash = 0;
    int reason = errno;
    bool isThere = realpath(slash == joined ? "/" : joined, parent);
    errno = reason;
    if (!isThere) return false;
    if (strlen(parent) + strlen(slash + 1) + 2 > PATH_MAX) return false;
    strcpy(path, parent);
    if (strcmp(parent, "/")) strcat(path, "/");
    else path[0] = 0, strcat(path, "/");
    strcat(path, slash + 1);
    return !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

static bool locate_descriptor(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, PATH_MAX - 1);
    if (count < 0) return false;
    path[count] = 0;
    return !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

static void record_path(char *path, const char *folder, ino_t inode, const char *suffix) {
    snprintf(path, PATH_MAX + 64, "%s/%s/%lu%s", state, folder, (unsigned long)inode, suffix);
}

// One change of names at a time, over all processes. Returns the lock's descriptor.
static int lock(void) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/lock", state);
    is_inside = true;
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0 || flock(descriptor, LOCK_EX)) die(path);
    return descriptor;
}

static void unlock(int descriptor) {
    int reason = errno;
    close(descriptor);
    is_inside = false;
    errno = reason;
}

// MARK: Folders

static void write_entries(const char *folder, ino_t inode) {
    char path[PATH_MAX + 64], draft[PATH_MAX + 64];
    record_path(path, "dirs", inode, "");
    record_path(draft, "dirs", inode, ".draft");
    FILE *out = fopen(draft, "w");
    DIR *entries = opendir(folder);
    if (!out || !entries) die(folder);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        fprintf(out, "%lu %d %s%c", (unsigned long)entry->d_ino, entry->d_type, entry->d_name, 0);
    }
    closedir(entries);
    if (fclose(out) || rename(draft, path)) die(path);
}

// Keeps the entries of the folder of `path` before the first change since they were durable.
static void keep_entries(const char *path) {
    char parent[PATH_MAX], record[PATH_MAX + 64];
    struct stat status;
    snprintf(parent, sizeof parent, "%s", path);
    *strrchr(parent, '/') = 0;
    if (strlen(parent) < root_length || stat(parent, &status)) return;
    record_path(record, "dirs", status.st_ino, "");
    if (access(record, F_OK)) write_entries(parent, status.st_ino);
}

// A folder that did not exist: it has no durable entries.
static void keep_new_folder(const char *path) {
    struct stat status;
    char record[PATH_MAX + 64];
    if (stat(path, &status)) return;
    record_path(record, "dirs", status.st_ino, "");
    int descriptor = open(record, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (descriptor < 0) die(record);
    close(descriptor);
}

// MARK: Files

struct file {
    ino_t inode;
    unsigned char *dirty;
    struct file *next;
};
static struct file *files[4096];
static pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER;

// The byte map of a recorded file, shared with other processes; NULL when there is no record.
static unsigned char *dirty_pages(ino_t inode) {
    pthread_mutex_lock(&files_lock);
    struct file **slot = &files[inode % 4096];
    for (struct file *file = *slot; file; file = file->next) {
        if (file->inode == inode) {
            pthread_mutex_unlock(&files_lock);
            return file->dirty;
        }
    }
    char path[PATH_MAX + 64];
    record_path(path, "files", inode, ".dirty");
    bool was_inside = is_inside;
    is_inside = true;
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    unsigned char *dirty = NULL;
    if (descriptor >= 0) {
        dirty = mmap(NULL, PAGES + 1, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (dirty == MAP_FAILED) die(path);
        close(descriptor);
        struct file *file = malloc(sizeof *file);
        *file = (struct file){inode, dirty, *slot};
        *slot = file;
    }
    is_inside = was_inside;
    pthread_mutex_unlock(&files_lock);
    return dirty;
}

static void copy(int from, int to, off_t start, off_t end) {
    static __thread char buffer[1 << 16];
    while (start < end) {
        ssize_t count = pread(from, buffer, end - start < (off_t)sizeof buffer ? end - start : (off_t)sizeof buffer, start);
        if (count < 0) die("reading a live file");
        if (!count) return;
        if (pwrite(to, buffer, count, start) != count) die("writing a durable copy");
        start += count;
    }
}

// Makes the record of a regular file, if it has none: as it is, or empty when it `is_new`.
static void keep_file(const char *path, bool is_new) {
    struct stat status;
    if (lstat(path, &status) || !S_ISREG(status.st_mode) || status.st_dev != device) return;
    char live[PATH_MAX + 64], disk[PATH_MAX + 64], dirty[PATH_MAX + 64];
    record_path(dirty, "files", status.st_ino, ".dirty");
    if (!access(dirty, F_OK)) return;
    record_path(live, "files", status.st_ino, ".live");
    record_path(disk, "files", status.st_ino, ".disk");
    if (link(path, live) && errno != EEXIST) die(live);
    int to = open(disk, O_WRONLY | O_CREAT | O_TRUNC, 0666), from = is_new ? -1 : open(path, O_RDONLY);
    if (to < 0 || (!is_new && from < 0)) die(disk);
    if (!is_new) {
        copy(from, to, 0, status.st_size);
        close(from);
    }
    close(to);
    chmod(disk, 0666);
    int map = open(dirty, O_RDWR | O_CREAT, 0666);
    if (map < 0 || ftruncate(map, PAGES + 1)) die(dirty);
    close(map);
    chmod(dirty, 0666);
}

static unsigned char *recorded(int descriptor, struct stat *status) {
    if (!root_length || is_inside) return NULL;
    int reason = errno;
    bool isFile = !fstat(descriptor, status) && S_ISREG(status->st_mode) && status->st_dev == device;
    unsigned char *dirty = isFile ? dirty_pages(status->st_ino) : NULL;
    errno = reason;
    return dirty;
}

// After a write: a sync that comes later finds the mark, one that is under way may have copied the page before.
static void mark(int descriptor, off_t start, off_t length) {
    struct stat status;
    unsigned char *dirty = length > 0 ? recorded(descriptor, &status) : NULL;
    if (!dirty) return;
    for (off_t page = start / PAGE; page <= (start + length - 1) / PAGE; page++) {
        __atomic_store_n(&dirty[1 + (page < PAGES ? page : PAGES - 1)], 1, __ATOMIC_SEQ_CST);
        if (page >= PAGES) break;
    }
}

static void mark_whole(int descriptor) {
    struct stat status;
    unsigned char *dirty = recorded(descriptor, &status);
    if (dirty) __atomic_store_n(&dirty[0], 1, __ATOMIC_SEQ_CST);
}

static void mark_before(int descriptor, ssize_t count) {
    if (count > 0 && root_length && !is_inside) mark(descriptor, lseek(descriptor, 0, SEEK_CUR) - count, count);
}

// What an fsync promises.
static void make_durable(int descriptor) {
    struct stat status;
    char path[PATH_MAX], live[PATH_MAX + 64], disk[PATH_MAX + 64];
    if (!root_length || is_inside || is_deaf || fstat(descriptor, &status) || status.st_dev != device) return;
    if (S_ISDIR(status.st_mode) && locate_descriptor(descriptor, path)) {
        int held = lock();
        write_entries(path, status.st_ino);
        unlock(held);
    }
    unsigned char *dirty = S_ISREG(status.st_mode) ? dirty_pages(status.st_ino) : NULL;
    if (!dirty) return;
    is_inside = true;
    record_path(live, "files", status.st_ino, ".live");
    record_path(disk, "files", status.st_ino, ".disk");
    int from = open(live, O_RDONLY | O_CLOEXEC), to = open(disk, O_WRONLY | O_CLOEXEC);
    // Whoever syncs the same file at the same time must not return before the pages are copied.
    if (from < 0 || to < 0 || flock(to, LOCK_EX) || fstat(from, &status)) die(disk);
    if (ftruncate(to, status.st_size)) die(disk);
    off_t pages = (status.st_size + PAGE - 1) / PAGE;
    for (off_t page = 0; page < pages; page++) {
        off_t index = page < PAGES ? page : PAGES - 1;
        if (!__atomic_exchange_n(&dirty[1 + index], 0, __ATOMIC_SEQ_CST) && !dirty[0]) continue;
        copy(from, to, page * PAGE, index == PAGES - 1 ? status.st_size : (page + 1) * PAGE);
    }
    close(from);
    close(to);
    is_inside = false;
}

// MARK: Calls that open

static bool is_writing(int flags) { return (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC); }

// Records what an open will change; returns whether the file is to be recorded as new, -1 for not at all.
static int before_open(const char *path, int flags) {
    struct stat status;
    if (!lstat(path, &status)) {
        keep_file(path, false);
        return 0;
    }
    if (!(flags & O_CREAT)) return -1;
    keep_entries(path);
    return 1;
}

#define OPEN(call, folder, name, flags)                             \
    char path[PATH_MAX];                                            \
    if (!is_writing(flags) || !locate(folder, name, path)) return call; \
    int held = lock(), is_new = before_open(path, flags);           \
    int descriptor = call;                                          \
    if (descriptor >= 0 && is_new == 1) keep_file(path, true);      \
    unlock(held);                                                   \
    return descriptor

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *name, int flags, ...) { REAL(open); MODE(flags) OPEN(real(name, flags, mode), AT_FDCWD, name, flags); }
int open64(const char *name, int flags, ...) { REAL(open64); MODE(flags) OPEN(real(name, flags, mode), AT_FDCWD, name, flags); }
int openat(int at, const char *name, int flags, ...) { REAL(openat); MODE(flags) OPEN(real(at, name, flags, mode), at, name, flags); }
int openat64(int at, const char *name, int flags, ...) { REAL(openat64); MODE(flags) OPEN(real(at, name, flags, mode), at, name, flags); }
int __open_2(const char *name, int flags) { return open(name, flags); }
int __open64_2(const char *name, int flags) { return open64(name, flags); }
int creat(const char *name, mode_t mode) { return open(name, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *name, mode_t mode) { return open64(name, O_WRONLY | O_CREAT | O_TRUNC, mode); }

#define FOPEN(name_of_call)                                                        \
    FILE *name_of_call(const char *name, const char *how) {                        \
        REAL(name_of_call);                                                        \
        char path[PATH_MAX];                                                       \
        if (!strpbrk(how, "wa+") || !locate(AT_FDCWD, name, path)) return real(name, how); \
        int held = lock(), is_new = before_open(path, *how == 'r' ? 0 : O_CREAT);  \
        FILE *file = real(name, how);                                              \
        if (file && is_new == 1) keep_file(path, true);                            \
        unlock(held);                                                              \
        if (file) mark_whole(fileno(file));                                        \
        return file;                                                               \
    }
FOPEN(fopen)
FOPEN(fopen64)

#define MKSTEMP(name_of_call, parameters, arguments)                       \
    int name_of_call parameters {                                          \
        REAL(name_of_call);                                                \
        char path[PATH_MAX];                                               \
        if (!locate(AT_FDCWD, name, path)) return real arguments;          \
        int held = lock();                                                 \
        keep_entries(path);                                                \
        int descriptor = real arguments;                                   \
        if (descriptor >= 0 && locate_descriptor(descriptor, path)) keep_file(path, true); \
        unlock(held);                                                      \
        return descriptor;                                                 \
    }
MKSTEMP(mkstemp, (char *name), (name))
MKSTEMP(mkstemp64, (char *name), (name))
MKSTEMP(mkostemp, (char *name, int flags), (name, flags))
MKSTEMP(mkostemp64, (char *name, int flags), (name, flags))

// MARK: Calls that write

#define AT_CURSOR(name, parameters, arguments) \
    ssize_t name parameters { REAL(name); ssize_t count = real arguments; mark_before(descriptor, count); return count; }
#define AT_OFFSET(name, type, parameters, arguments) \
    type name parameters { REAL(name); type count = real arguments; mark(descriptor, offset, count); return count; }

AT_CURSOR(write, (int descriptor, const void *bytes, size_t size), (descriptor, bytes, size))
AT_CURSOR(writev, (int descriptor, const struct iovec *parts, int number), (descriptor, parts, number))
AT_OFFSET(pwrite, ssize_t, (int descriptor, const void *bytes, size_t size, off_t offset), (descriptor, bytes, size, offset))
AT_OFFSET(pwrite64, ssize_t, (int descriptor, const void *bytes, size_t size, off_t offset), (descriptor, bytes, size, offset))
AT_OFFSET(pwritev, ssize_t, (int descriptor, const struct iovec *parts, int number, off_t offset), (descriptor, parts, number, offset))
AT_OFFSET(pwritev64, ssize_t, (int descriptor, const struct iovec *parts, int number, off_t offset), (descriptor, parts, number, offset))

// The end that is cut off is zeros if the file grows again.
static int resized(int result, int descriptor, off_t before, off_t after) {
    if (!result && before > after) mark(descriptor, after, before - after);
    return result;
}

#define FTRUNCATE(name) int name(int descriptor, off_t size) { \
    REAL(name); struct stat status; off_t before = recorded(descriptor, &status) ? status.st_size : 0; \
    return resized(real(descriptor, size), descriptor, before, size); }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

#define TRUNCATE(name) int name(const char *path, off_t size) { \
    int descriptor = open(path, O_WRONLY | O_CLOEXEC); \
    if (descriptor < 0) return -1; \
    int result = ftruncate(descriptor, size); \
    close(descriptor); \
    return result; }
TRUNCATE(truncate)
TRUNCATE(truncate64)

#define FALLOCATE(name) int name(int descriptor, int mode, off_t start, off_t length) { \
    REAL(name); int result = real(descriptor, mode, start, length); \
    if (!result && mode) mark(descriptor, start, length); \
    return result; }
FALLOCATE(fallocate)
FALLOCATE(fallocate64)

ssize_t copy_file_range(int in, off64_t *start, int out, off64_t *target, size_t size, unsigned flags) {
    REAL(copy_file_range);
    ssize_t count = real(in, start, out, target, size, flags);
    if (target) mark(out, *target - (count > 0 ? count : 0), count);
    else mark_before(out, count);
    return count;
}

#define MMAP(name) void *name(void *address, size_t size, int protection, int flags, int descriptor, off_t offset) { \
    REAL(name); \
    if (descriptor >= 0 && flags & MAP_SHARED && protection & PROT_WRITE) mark_whole(descriptor); \
    return real(address, size, protection, flags, descriptor, offset); }
MMAP(mmap)
MMAP(mmap64)

// The file system's own sync is left out: here the power is never really cut.
int fsync(int descriptor) {
    REAL(fsync);
    if (fcntl(descriptor, F_GETFD) < 0) return real(descriptor);
    make_durable(descriptor);
    return 0;
}
int fdatasync(int descriptor) { return fsync(descriptor); }

// MARK: Calls that change names

#define RENAME(call, from_folder, from, to_folder, to)                     \
    char source[PATH_MAX], target[PATH_MAX];                               \
    bool leaves = locate(from_folder, from, source), comes = locate(to_folder, to, target); \
    if (!leaves && !comes) return call;                                    \
    int held = lock();                                                     \
    if (leaves) keep_file(source, false), keep_entries(source);            \
    if (comes) keep_file(target, false), keep_entries(target);             \
    int result = call;                                                     \
    unlock(held);                                                          \
    return result

int rename(const char *from, const char *to) { REAL(rename); RENAME(real(from, to), AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int a, const char *from, int b, const char *to) { REAL(renameat); RENAME(real(a, from, b, to), a, from, b, to); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { REAL(renameat2); RENAME(real(a, from, b, to, flags), a, from, b, to); }
int link(const char *from, const char *to) { REAL(link); RENAME(real(from, to), AT_FDCWD, from, AT_FDCWD, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) { REAL(linkat); RENAME(real(a, from, b, to, flags), a, from, b, to); }

// A removed folder is moved away instead: its inode number must not be used again.
static int bury(const char *path) {
    struct stat status;
    char grave[PATH_MAX + 64];
    if (lstat(path, &status)) return -1;
    DIR *entries = opendir(path);
    if (!entries) return -1;
    int count = 0;
    while (readdir(entries)) count++;
    closedir(entries);
    if (count > 2) return errno = ENOTEMPTY, -1;
    record_path(grave, "graves", status.st_ino, "");
    return rename(path, grave);
}

static int removal(int folder, const char *name, bool is_folder, int (*call)(int, const char *, int)) {
    char path[PATH_MAX];
    int flags = is_folder ? AT_REMOVEDIR : 0;
    if (!locate(folder, name, path)) return call(folder, name, flags);
    int held = lock();
    keep_file(path, false);
    keep_entries(path);
    int result = is_folder ? bury(path) : call(folder, name, flags);
    unlock(held);
    return result;
}

int unlinkat(int folder, const char *name, int flags) { REAL(unlinkat); return removal(folder, name, flags & AT_REMOVEDIR, real); }
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char *name) {
    struct stat status;
    if (lstat(name, &status)) return -1;
    return unlinkat(AT_FDCWD, name, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
}

int mkdirat(int folder, const char *name, mode_t mode) {
    REAL(mkdirat);
    char path[PATH_MAX];
    if (!locate(folder, name, path)) return real(folder, name, mode);
    int held = lock();
    keep_entries(path);
    int result = real(folder, name, mode);
    if (!result) keep_new_folder(path);
    unlock(held);
    return result;
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int symlinkat(const char *target, int folder, const char *name) {
    REAL(symlinkat);
    char path[PATH_MAX];
    if (!locate(folder, name, path)) return real(target, folder, name);
    int held = lock();
    keep_entries(path);
    int result = real(target, folder, name);
    unlock(held);
    return result;
}
int symlink(const char *target, const char *name) { return symlinkat(target, AT_FDCWD, name); }
