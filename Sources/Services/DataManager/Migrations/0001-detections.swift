import GRDB

extension Schema {
    /// Analysed pictures and what was found in them.
    ///
    /// Detections repeat camera, device and times of their inference, so that one table answers every filter. Each
    /// filter has an index that ends in `id`: rows come newest first without sorting.
    static func createDetections(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE inferences (
                    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
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
                    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
                    inference_id BLOB NOT NULL REFERENCES inferences (id) ON DELETE CASCADE,
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
                ) STRICT;
                CREATE INDEX detections_inference ON detections (inference_id, id);
                CREATE INDEX detections_task ON detections (task, id);
                CREATE INDEX detections_label ON detections (label, id);
                CREATE INDEX detections_camera ON detections (camera_id, id) WHERE camera_id IS NOT NULL;
                CREATE INDEX detections_device ON detections (device_id, id) WHERE device_id IS NOT NULL;
                CREATE INDEX detections_captured ON detections (captured_at, id);
                """)
    }
}
