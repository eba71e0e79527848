import Storage

extension Migration {
    /// The plates that are to be recognised, by their normalised form.
    static let knownPlates = Migration(
        4, "known-plates",
        [
            .both(
                """
                CREATE TABLE known_plates (
                    id ID NOT NULL PRIMARY KEY,
                    plate_number TEXT NOT NULL,
                    normalized TEXT NOT NULL UNIQUE CHECK (normalized <> ''),
                    label TEXT NOT NULL,
                    list TEXT NOT NULL,
                    notes TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX known_plates_list ON known_plates (list, id)
                """)
        ])
}
