import Storage

extension Migration {
    /// The identifier by which a store of blobs knows its database (`BlobOwner`). Contents of files were plain until now,
    /// also where all else was sealed.
    static let blobs = Migration(
        13, "blobs",
        [
            .both(
                """
                CREATE TABLE blob_owner (
                    slot INTEGER NOT NULL PRIMARY KEY CHECK (slot = 1),
                    id ID NOT NULL
                ) STRICT;
                UPDATE key_store SET is_sealed = 0
                """)
        ])
}
