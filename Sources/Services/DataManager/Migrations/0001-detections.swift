import Storage

extension Migration {
    /// Analysed pictures and what was found in them.
    ///
    /// Detections repeat camera, device and times of their inference, so that one table answers every filter. In
    /// PostgreSQL they lie in a partition for each month, by the time in their identifier.
    static let detections = Migration(
        1, "detections",
        [
            .both(
                """
                CREATE TABLE inferences (
                    id ID NOT NULL PRIMARY KEY,
                    request_id TEXT NOT NULL,
                    task TEXT NOT NULL,
                    models TEXT NOT NULL,
                    width INTEGER NOT NULL,
                    height INTEGER NOT NULL,
                    timing TEXT NOT NULL,
                    camera_id TEXT,
                    device_id TEXT,
                    captured_at INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    picture_bytes INTEGER
                ) STRICT;
                CREATE TABLE detections (
                    id ID NOT NULL PRIMARY KEY,
                    inference_id ID NOT NULL REFERENCES inferences (id) ON DELETE CASCADE,
                    task TEXT NOT NULL,
                    label TEXT NOT NULL,
                    confidence REAL NOT NULL,
                    x REAL NOT NULL,
                    y REAL NOT NULL,
                    width REAL NOT NULL,
                    height REAL NOT NULL,
                    plate_number TEXT,
                    details TEXT NOT NULL,
                    camera_id TEXT,
                    device_id TEXT,
                    captured_at INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    has_image INTEGER NOT NULL
                ) STRICT PARTITIONED BY id;
                CREATE INDEX detections_inference ON detections (inference_id, id)
                """)
        ])
}
