// Builds cksumvfs.c, which is SQLite's and unchanged, into the program.
#include <sqlite3.h>

// The file knows a flag of later releases, which this one never sets.
#ifndef SQLITE_IOCAP_SUBPAGE_READ
#define SQLITE_IOCAP_SUBPAGE_READ 0x00008000
#endif

#define SQLITE_CKSUMVFS_STATIC
#include "cksumvfs.c"

#include "CChecksumVFS.h"

int aibox_checksum_register(void) { return sqlite3_register_cksumvfs(0); }

int aibox_checksum_reserve(void *connection) {
    int bytes = 8;
    return sqlite3_file_control(connection, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
}

// The file of a connection, above the checksums.
static int checksum_file(void *connection, sqlite3_file **file) {
    *file = 0;
    int result = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, file);
    if (result != SQLITE_OK) return result;
    return *file == 0 || (*file)->pMethods != &cksm_io_methods ? SQLITE_MISUSE : SQLITE_OK;
}

int aibox_checksum_begin(void *connection) {
    sqlite3_file *file;
    int result = checksum_file(connection, &file);
    if (result == SQLITE_OK) ((CksmFile *)file)->computeCksm = 1;
    return result;
}

int aibox_checksum_read_start(void *connection, uint8_t *bytes, int size) {
    sqlite3_file *file;
    int result = checksum_file(connection, &file);
    if (result != SQLITE_OK) return result;
    // Below the checksums: what is asked for here is what the disk has, right or wrong.
    file = ORIGFILE(file);
    return file->pMethods->xRead(file, bytes, size, 0);
}

void aibox_checksum_compute(uint8_t *page, int size, uint8_t *checksum) { cksmCompute(page, size - 8, checksum); }
