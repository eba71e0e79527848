import GRDB

extension Schema {
    /// The plates that are to be recognised, by their normalised form.
    static func createKnownPlates(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE known_plates (
                    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
                    plate_number TEXT NOT NULL,
                    normalized TEXT NOT NULL UNIQUE CHECK (normalized <> ''),
                    label TEXT NOT NULL,
                    list TEXT NOT NULL,
                    notes TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX known_plates_list ON known_plates (list, id);
                """)
    }
}
