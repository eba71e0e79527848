// witness: writes to the folder in its first argument, syncs as its second says, and waits to be killed. The tests of
// powercut.c compare what is there afterwards with what the calls promise.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char block[10000];

static void check(int result, const char *what) {
    if (result >= 0) return;
    perror(what);
    _exit(1);
}

static int make(const char *name, char fill, size_t size) {
    int file = open(name, O_RDWR | O_CREAT, 0600);
    check(file, name);
    memset(block, fill, size);
    check((int)write(file, block, size), name);
    return file;
}

static void sync_folder(const char *name) {
    int folder = open(name, O_RDONLY | O_DIRECTORY);
    check(folder, name);
    check(fsync(folder), name);
    close(folder);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    const char *what = arguments[2];
    check(chdir(arguments[1]), arguments[1]);
    if (!strcmp(what, "nothing")) {  // neither content nor name
        make("new", 'n', 10000);
    } else if (!strcmp(what, "content")) {  // a file that nothing leads to
        check(fsync(make("new", 'n', 10000)), "fsync");
    } else if (!strcmp(what, "name")) {  // a name without content
        make("new", 'n', 10000);
        sync_folder(".");
    } else if (!strcmp(what, "both")) {
        check(fdatasync(make("new", 'n', 10000)), "fdatasync");
        sync_folder(".");
    } else if (!strcmp(what, "overwrite")) {  // 5,000 bytes synced, then 3,000 of them changed, then cut and grown
        int file = make("old", 'x', 5000);
        check(fsync(file), "fsync");
        check((int)pwrite(file, "yyyy", 4, 100), "pwrite");
        check(ftruncate(file, 50), "ftruncate");
        check(ftruncate(file, 20000), "ftruncate");
    } else if (!strcmp(what, "overwrite-synced")) {
        int file = make("old", 'x', 5000);
        check(ftruncate(file, 50), "ftruncate");
        check(ftruncate(file, 200), "ftruncate");
        check((int)pwrite(file, "yyyy", 4, 100), "pwrite");
        check(fsync(file), "fsync");
    } else if (!strcmp(what, "rename")) {  // over another file
        check(fsync(make("part", 'p', 4000)), "fsync");
        check(rename("part", "old"), "rename");
    } else if (!strcmp(what, "rename-synced")) {
        check(fsync(make("part", 'p', 4000)), "fsync");
        check(rename("part", "old"), "rename");
        sync_folder(".");
    } else if (!strcmp(what, "unlink")) {
        check(unlink("old"), "unlink");
        check(unlink("folder/inner"), "unlink");
        check(rmdir("folder"), "rmdir");
        make("new", 'n', 10);  // must not be taken for the removed one
    } else if (!strcmp(what, "unlink-synced")) {
        check(unlink("old"), "unlink");
        check(unlink("folder/inner"), "unlink");
        check(rmdir("folder"), "rmdir");
        sync_folder(".");
    } else if (!strcmp(what, "folders")) {  // the inner name is durable, the outer is not
        check(mkdir("outer", 0700), "mkdir");
        check(fsync(make("outer/inner", 'i', 10)), "fsync");
        sync_folder("outer");
    } else if (!strcmp(what, "folders-synced")) {
        check(mkdir("outer", 0700), "mkdir");
        check(fsync(make("outer/inner", 'i', 10)), "fsync");
        sync_folder("outer");
        sync_folder(".");
    } else {
        return 2;
    }
    check((int)write(1, "ready\n", 6), "stdout");
    for (;;) pause();
}
