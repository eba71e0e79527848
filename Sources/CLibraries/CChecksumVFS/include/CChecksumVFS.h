// SQLite's page checksums ("cksumvfs"), built into the program. See docs/decisions/0022-page-checksums.md.
#pragma once

#include <stdint.h>

/// Makes the VFS that writes and verifies a checksum in each page the default of this process. Can be called again.
/// Returns a result code of SQLite.
int aibox_checksum_register(void);

/// Lets a database that has no pages yet, or its next VACUUM, keep the eight bytes of a checksum in each page.
/// `connection` is a `sqlite3 *`. Returns a result code of SQLite.
int aibox_checksum_reserve(void *connection);

/// Computes checksums for what `connection`, a `sqlite3 *`, writes to its file from now on, although the file's first page
/// does not say yet that there are any. For the VACUUM that adds them: of a file that is larger than the cache SQLite
/// writes other pages before the first one. Should it be rolled back, the first page goes back first and ends this.
/// Returns a result code of SQLite.
int aibox_checksum_begin(void *connection);

/// Reads the first `size` bytes of the database's file (not of its journal) as they are on the disk.
/// `connection` is a `sqlite3 *`. Returns a result code of SQLite; the file may be shorter.
int aibox_checksum_read_start(void *connection, uint8_t *bytes, int size);

/// The checksum that a page of `size` bytes (a power of two from 512) should end with, eight bytes.
void aibox_checksum_compute(uint8_t *page, int size, uint8_t *checksum);
