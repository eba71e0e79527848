import GRDB

extension Schema {
    /// Persons, their faces and templates; whom a detection was recognised as.
    ///
    /// Names, vectors and crops are in no table of their own but in `sealed`, whose rows are never deleted nor change
    /// their size: SQLite then never moves them between pages, and a row that is overwritten with zeros is gone from
    /// the file. (`secure_delete` alone is not enough: rows that a balanced page has handed to its neighbour stay
    /// legible in the unused part of the page.) Triggers do the overwriting, so that no way of deleting can forget it.
    ///
    /// Every face has the revision of its last change, every removed face that of its removal; no two are equal.
    static func createGallery(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE sealed (
                    slot INTEGER PRIMARY KEY,
                    content BLOB NOT NULL
                ) STRICT;
                CREATE TABLE free_slots (
                    size INTEGER NOT NULL,
                    slot INTEGER NOT NULL,
                    PRIMARY KEY (size, slot)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE gallery_revision (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    revision INTEGER NOT NULL
                ) STRICT;
                INSERT INTO gallery_revision VALUES (1, 0);
                CREATE TABLE persons (
                    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
                    text_slot INTEGER NOT NULL,
                    external_hash INTEGER,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX persons_external ON persons (external_hash) WHERE external_hash IS NOT NULL;
                CREATE TABLE faces (
                    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
                    person_id BLOB NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
                    kind TEXT NOT NULL,
                    quality REAL NOT NULL,
                    crop_slot INTEGER,
                    created_at INTEGER NOT NULL,
                    revision INTEGER NOT NULL UNIQUE
                ) STRICT;
                CREATE INDEX faces_person ON faces (person_id, id);
                CREATE TABLE templates (
                    face_id BLOB NOT NULL REFERENCES faces (id) ON DELETE CASCADE,
                    model TEXT NOT NULL,
                    model_sha256 TEXT NOT NULL,
                    vector_slot INTEGER NOT NULL,
                    PRIMARY KEY (face_id, model_sha256)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE removed_faces (
                    revision INTEGER PRIMARY KEY,
                    face_id BLOB NOT NULL UNIQUE CHECK (length(face_id) = 16)
                ) STRICT;
                ALTER TABLE detections ADD COLUMN person_id BLOB CHECK (length(person_id) = 16);
                ALTER TABLE detections ADD COLUMN person_similarity REAL;
                ALTER TABLE detections ADD COLUMN person_cosine REAL;
                CREATE INDEX detections_person ON detections (person_id, id) WHERE person_id IS NOT NULL;

                CREATE TRIGGER persons_text AFTER UPDATE OF text_slot ON persons
                WHEN OLD.text_slot <> NEW.text_slot BEGIN
                    \(erase("OLD.text_slot"))
                END;
                CREATE TRIGGER persons_deleted AFTER DELETE ON persons BEGIN
                    \(erase("OLD.text_slot"))
                    UPDATE detections SET person_id = NULL, person_similarity = NULL, person_cosine = NULL
                        WHERE person_id = OLD.id;
                END;
                CREATE TRIGGER faces_deleted AFTER DELETE ON faces BEGIN
                    \(erase("OLD.crop_slot"))
                    UPDATE gallery_revision SET revision = revision + 1;
                    INSERT INTO removed_faces SELECT revision, OLD.id FROM gallery_revision;
                END;
                CREATE TRIGGER templates_deleted AFTER DELETE ON templates BEGIN
                    \(erase("OLD.vector_slot"))
                END;
                """)
    }

    private static func erase(_ slot: String) -> String {
        """
        UPDATE sealed SET content = zeroblob(length(content)) WHERE slot = \(slot);
        INSERT INTO free_slots SELECT length(content), slot FROM sealed WHERE slot = \(slot);
        """
    }
}
