import Storage

extension Migration {
    /// How many detections there are, by the quarter of an hour in which they were captured (UTC): the sums that a summary
    /// is made of, so that it does not read them all. A camera or device that was not given is ''; plates have one label,
    /// whatever they read.
    ///
    /// Every detection that was captured before `counted_until` is counted, none of the others. `DetectionCounts.advance`
    /// moves that mark; behind it triggers note what comes late and what is deleted, so that no way of storing or deleting
    /// can forget it. They add a row for each to `detection_count_changes`, which belongs to the sums until
    /// `DetectionCounts.fold` takes it into them: were the sums themselves updated, PostgreSQL would pass all versions that
    /// a transaction has made of one for the next. Task, label, camera, device and time of a detection never change.
    ///
    /// `revision` is another number whenever a count is: random, so that a restored backup does not come to one that was
    /// there before with other counts. In PostgreSQL it changes once in a transaction (`changed_in`), for the same reason.
    static let detectionCounts = Migration(
        14, "detection-counts",
        [
            .both(
                """
                CREATE TABLE detection_counts (
                    quarter INTEGER NOT NULL,
                    task TEXT NOT NULL,
                    label TEXT NOT NULL,
                    camera_id TEXT NOT NULL,
                    device_id TEXT NOT NULL,
                    detections INTEGER NOT NULL,
                    PRIMARY KEY (quarter, task, label, camera_id, device_id)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE detection_count_changes (
                    detection_id ID NOT NULL,
                    quarter INTEGER NOT NULL,
                    task TEXT NOT NULL,
                    label TEXT NOT NULL,
                    camera_id TEXT NOT NULL,
                    device_id TEXT NOT NULL,
                    change INTEGER NOT NULL,
                    PRIMARY KEY (detection_id, quarter, task, label, camera_id, device_id)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE detection_count_state (
                    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
                    counted_until INTEGER NOT NULL,
                    revision INTEGER NOT NULL
                ) STRICT
                """),
            .only(.sqlite, "INSERT INTO detection_count_state VALUES (1, 0, random())"),
            .only(.postgres, "ALTER TABLE detection_count_state ADD COLUMN changed_in BIGINT NOT NULL DEFAULT 0"),
            .only(
                .postgres,
                "INSERT INTO detection_count_state (id, counted_until, revision) VALUES (1, 0, \(random))"),
        ] + sqliteTriggers + postgresTriggers,
        computed: ["detection_counts", "detection_count_changes", "detection_count_state"])

    /// Name, event and row, and what it adds.
    private static let triggers = [
        ("detections_added", "INSERT", "NEW", 1), ("detections_deleted", "DELETE", "OLD", -1),
    ]

    private static let sqliteTriggers: [Step] = triggers.map { name, event, row, change in
        .only(
            .sqlite,
            """
            CREATE TRIGGER \(name) AFTER \(event) ON detections WHEN \(isCounted(row)) BEGIN
                \(note(row, change))
                UPDATE detection_count_state SET revision = random();
            END
            """)
    }

    private static let postgresTriggers: [Step] = triggers.flatMap { name, event, row, change in
        [
            """
            CREATE FUNCTION \(name)() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF \(isCounted(row)) THEN
                    \(note(row, change))
                    UPDATE detection_count_state
                    SET revision = \(random), changed_in = pg_current_xact_id()::text::bigint
                    WHERE changed_in <> pg_current_xact_id()::text::bigint;
                END IF;
                RETURN NULL;
            END $$
            """,
            "CREATE TRIGGER \(name) AFTER \(event) ON detections FOR EACH ROW EXECUTE FUNCTION \(name)()",
        ].map { .only(.postgres, $0) }
    }

    /// Of the 53 bits that a random number of PostgreSQL has.
    private static let random = "(random() * 9007199254740992)::bigint"

    private static func isCounted(_ row: String) -> String {
        "\(row).captured_at < (SELECT counted_until FROM detection_count_state)"
    }

    private static func note(_ row: String, _ change: Int) -> String {
        """
        INSERT INTO detection_count_changes (detection_id, quarter, task, label, camera_id, device_id, change)
        VALUES (\(row).id, \(row).captured_at / 900000 * 900000, \(row).task,
            CASE \(row).task WHEN 'plates' THEN 'plate' ELSE \(row).label END, COALESCE(\(row).camera_id, ''),
            COALESCE(\(row).device_id, ''), \(change))
        ON CONFLICT (detection_id, quarter, task, label, camera_id, device_id)
        DO UPDATE SET change = detection_count_changes.change + excluded.change;
        """
    }
}
