import Storage

extension Migration {
    /// Persons, their faces and templates; whom a detection was recognised as.
    ///
    /// Names, vectors and crops are in no table of their own but in `sealed`, whose rows in SQLite are never deleted nor
    /// change their size: SQLite then never moves them between pages, and a row that is overwritten with zeros is gone
    /// from the file. (`secure_delete` alone is not enough: rows that a balanced page has handed to its neighbour stay
    /// legible in the unused part of the page.) Triggers do the overwriting, so that no way of deleting can forget it.
    /// PostgreSQL never overwrites: there the triggers delete the slot, and only encryption erases for good.
    ///
    /// Every face has the revision of its last change, every removed face that of its removal; no two are equal.
    static let gallery = Migration(
        3, "gallery",
        [
            .both(
                """
                CREATE TABLE sealed (
                    slot INTEGER NOT NULL PRIMARY KEY,
                    content BYTES NOT NULL
                ) STRICT;
                CREATE TABLE free_slots (
                    size INTEGER NOT NULL,
                    slot INTEGER NOT NULL,
                    PRIMARY KEY (size, slot)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE gallery_revision (
                    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
                    revision INTEGER NOT NULL
                ) STRICT;
                INSERT INTO gallery_revision VALUES (1, 0);
                CREATE TABLE persons (
                    id ID NOT NULL PRIMARY KEY,
                    text_slot INTEGER NOT NULL,
                    external_hash INTEGER,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX persons_external ON persons (external_hash) WHERE external_hash IS NOT NULL;
                CREATE TABLE faces (
                    id ID NOT NULL PRIMARY KEY,
                    person_id ID NOT NULL REFERENCES persons (id) ON DELETE CASCADE,
                    kind TEXT NOT NULL,
                    quality REAL NOT NULL,
                    crop_slot INTEGER,
                    created_at INTEGER NOT NULL,
                    revision INTEGER NOT NULL UNIQUE
                ) STRICT;
                CREATE INDEX faces_person ON faces (person_id, id);
                CREATE TABLE templates (
                    face_id ID NOT NULL REFERENCES faces (id) ON DELETE CASCADE,
                    model TEXT NOT NULL,
                    model_sha256 TEXT NOT NULL,
                    vector_slot INTEGER NOT NULL,
                    PRIMARY KEY (face_id, model_sha256)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE removed_faces (
                    revision INTEGER NOT NULL PRIMARY KEY,
                    face_id ID NOT NULL UNIQUE
                ) STRICT;
                ALTER TABLE detections ADD COLUMN person_id ID;
                ALTER TABLE detections ADD COLUMN person_similarity REAL;
                ALTER TABLE detections ADD COLUMN person_cosine REAL
                """)
        ] + sqliteTriggers + postgresTriggers)

    private static let sqliteTriggers: [Step] = [
        """
        CREATE TRIGGER persons_text AFTER UPDATE OF text_slot ON persons
        WHEN OLD.text_slot <> NEW.text_slot BEGIN
            \(zero("OLD.text_slot"))
        END
        """,
        """
        CREATE TRIGGER persons_deleted AFTER DELETE ON persons BEGIN
            \(zero("OLD.text_slot"))
            UPDATE detections SET person_id = NULL, person_similarity = NULL, person_cosine = NULL
                WHERE person_id = OLD.id;
        END
        """,
        """
        CREATE TRIGGER faces_deleted AFTER DELETE ON faces BEGIN
            \(zero("OLD.crop_slot"))
            UPDATE gallery_revision SET revision = revision + 1;
            INSERT INTO removed_faces SELECT revision, OLD.id FROM gallery_revision;
        END
        """,
        """
        CREATE TRIGGER templates_deleted AFTER DELETE ON templates BEGIN
            \(zero("OLD.vector_slot"))
        END
        """,
    ].map { .only(.sqlite, $0) }

    private static func zero(_ slot: String) -> String {
        """
        UPDATE sealed SET content = zeroblob(length(content)) WHERE slot = \(slot);
        INSERT INTO free_slots SELECT length(content), slot FROM sealed WHERE slot = \(slot);
        """
    }

    private static let postgresTriggers: [Step] = [
        trigger(
            "persons_text", "AFTER UPDATE OF text_slot ON persons",
            "IF OLD.text_slot <> NEW.text_slot THEN DELETE FROM sealed WHERE slot = OLD.text_slot; END IF;"),
        trigger(
            "persons_deleted", "AFTER DELETE ON persons",
            """
            DELETE FROM sealed WHERE slot = OLD.text_slot;
            UPDATE detections SET person_id = NULL, person_similarity = NULL, person_cosine = NULL
                WHERE person_id = OLD.id;
            """),
        trigger(
            "faces_deleted", "AFTER DELETE ON faces",
            """
            DELETE FROM sealed WHERE slot = OLD.crop_slot;
            UPDATE gallery_revision SET revision = revision + 1;
            INSERT INTO removed_faces SELECT revision, OLD.id FROM gallery_revision;
            """),
        trigger(
            "templates_deleted", "AFTER DELETE ON templates", "DELETE FROM sealed WHERE slot = OLD.vector_slot;"),
    ].flatMap { $0 }

    private static func trigger(_ name: String, _ event: String, _ body: String) -> [Step] {
        [
            .only(
                .postgres,
                "CREATE FUNCTION \(name)() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \(body) RETURN NULL; END $$"),
            .only(
                .postgres,
                "CREATE TRIGGER \(name) \(event) FOR EACH ROW EXECUTE FUNCTION \(name)()"),
        ]
    }
}
