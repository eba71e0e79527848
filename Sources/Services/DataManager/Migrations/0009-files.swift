import Storage

extension Migration {
    /// Files that were given to the box. A row's blob is durable before the row commits; `file_usage` has one row, the
    /// bytes of all files, for the quota.
    static let files = Migration(
        9, "files",
        [
            .both(
                """
                CREATE TABLE files (
                    id ID NOT NULL PRIMARY KEY,
                    name TEXT,
                    media_type TEXT NOT NULL,
                    purpose TEXT NOT NULL,
                    bytes INTEGER NOT NULL,
                    sha256 TEXT NOT NULL,
                    created_by ID,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX files_purpose ON files (purpose, id);
                CREATE TABLE file_usage (
                    slot INTEGER NOT NULL PRIMARY KEY CHECK (slot = 1),
                    bytes INTEGER NOT NULL
                ) STRICT;
                INSERT INTO file_usage (slot, bytes) VALUES (1, 0)
                """)
        ])
}
