import AIBoxAPI
import Storage
import Vision

extension Migration {
    /// What detections are searched by. Rows come newest first by the time of capture without sorting: every index ends
    /// in `captured_at, id`.
    ///
    /// `plate_key` is the plate as `PlateText.normalized` writes it, `plate_skeleton` as `PlateText.skeleton` does.
    static let detectionSearch = Migration(
        5, "detection-search",
        [
            .only(.sqlite, "DROP INDEX IF EXISTS detections_captured"),
            .only(.sqlite, "DROP INDEX IF EXISTS detections_task"),
            .only(.sqlite, "DROP INDEX IF EXISTS detections_label"),
            .only(.sqlite, "DROP INDEX IF EXISTS detections_camera"),
            .only(.sqlite, "DROP INDEX IF EXISTS detections_device"),
            .only(.sqlite, "DROP INDEX IF EXISTS detections_person"),
            .both(
                """
                ALTER TABLE detections ADD COLUMN plate_key TEXT;
                ALTER TABLE detections ADD COLUMN plate_skeleton TEXT;
                CREATE INDEX detections_captured ON detections (captured_at, id);
                CREATE INDEX detections_task ON detections (task, captured_at, id);
                CREATE INDEX detections_label ON detections (label, captured_at, id);
                CREATE INDEX detections_camera ON detections (camera_id, captured_at, id) WHERE camera_id IS NOT NULL;
                CREATE INDEX detections_device ON detections (device_id, captured_at, id) WHERE device_id IS NOT NULL;
                CREATE INDEX detections_person ON detections (person_id, captured_at, id) WHERE person_id IS NOT NULL;
                CREATE INDEX detections_plate ON detections (plate_key, captured_at, id) WHERE plate_key IS NOT NULL;
                CREATE INDEX detections_skeleton ON detections (plate_skeleton, captured_at, id)
                    WHERE plate_skeleton IS NOT NULL;
                CREATE INDEX detections_plates ON detections (captured_at, id, plate_key) WHERE plate_key IS NOT NULL;
                CREATE TABLE plates (plate TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
                CREATE TABLE plate_suffixes (
                    suffix TEXT NOT NULL,
                    plate TEXT NOT NULL,
                    PRIMARY KEY (suffix, plate)
                ) STRICT, WITHOUT ROWID
                """),
            .code(indexPlates),
        ])

    /// Gives the plates that are there already what they are searched by.
    private static func indexPlates(_ session: any SQLSession) throws {
        var last: UUIDv7?
        while true {
            let select = """
                SELECT id, plate_number FROM detections
                WHERE plate_number IS NOT NULL \(last == nil ? "" : "AND id > ?") ORDER BY id LIMIT 1000
                """
            let rows = try session.rows(select, last.map { [$0] } ?? [])
            guard !rows.isEmpty else { return }
            for row in rows {
                let (id, plate): (UUIDv7, String) = (try row.get("id"), try row.get("plate_number"))
                try session.execute(
                    "UPDATE detections SET plate_key = ?, plate_skeleton = ? WHERE id = ?",
                    [PlateText.normalized(plate), PlateText.skeleton(plate), id])
                try PlateIndex(cipher: nil).entry(PlateText.normalized(plate)).insert(session)
                last = id
            }
        }
    }
}
