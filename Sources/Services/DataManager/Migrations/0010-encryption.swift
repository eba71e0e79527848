import Storage

extension Migration {
    /// Which folder of keys what is in `sealed` belongs to (`KeyStoreMark`), and whose keys have to be erased.
    static let encryption = Migration(
        10, "encryption",
        [
            .both(
                """
                CREATE TABLE key_store (
                    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
                    mark BYTES NOT NULL,
                    is_sealed INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE erasures_due (
                    person_id ID NOT NULL PRIMARY KEY
                ) STRICT
                """)
        ])
}
