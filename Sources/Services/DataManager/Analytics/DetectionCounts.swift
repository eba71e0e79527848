import AIBoxAPI
import Storage

/// The counts of detections (`Migration.detectionCounts`), and how far they go.
struct DetectionCounts: Sendable, Equatable {
    /// What was captured before is in the table. Milliseconds since 1970.
    let countedUntil: Int64
    /// Another one whenever what was captured before `countedUntil` has another count.
    let revision: Int64

    /// A quarter of an hour: the offsets of all zones since 1972 are multiples of it. Milliseconds.
    static let quarter: Int64 = 900_000
    /// Detections that one step counts, unless more have the same millisecond; changes that one takes in.
    static let stepLimit = 5000
    /// The table goes on by whole steps of so many milliseconds, so that its revision stays for a while.
    private static let stride: Int64 = 300_000
    /// What is captured has so long to arrive before the table goes over it. Later ones are no error, but cost more.
    private static let patience: Int64 = 300_000

    /// The label of a count.
    static let label = "CASE task WHEN 'plates' THEN 'plate' ELSE label END"

    static func read(_ db: any SQLSession) throws -> DetectionCounts {
        guard let row = try db.row("SELECT counted_until, revision FROM detection_count_state") else {
            throw StorageError(.damaged, "detection_count_state has no row")
        }
        return DetectionCounts(countedUntil: try row.get("counted_until"), revision: try row.get("revision"))
    }

    /// How far the table is to go at a time.
    static func target(at now: Timestamp) -> Int64 { (now.milliseconds - patience) / stride * stride }

    /// Counts the next detections that were captured before `target`.
    ///
    /// Writes are serial, of all instances together, and each looks anew how far the table goes: nothing is counted twice.
    ///
    /// - Returns: whether that is all of them.
    static func advance(to target: Int64, _ db: any SQLSession) throws -> Bool {
        let start = try read(db).countedUntil
        guard start < target else { return true }
        let next = """
            SELECT captured_at FROM detections WHERE captured_at >= ? AND captured_at < ? ORDER BY captured_at
            LIMIT 1 OFFSET \(stepLimit)
            """
        let end = try db.value(next, [start, target]).map { max($0, start + 1) } ?? target
        try db.execute(count, [start, end])
        try db.execute(
            "UPDATE detection_count_state SET counted_until = ?, revision = ?",
            [end, Int64.random(in: .min ... .max)])
        return end == target
    }

    private static let count = """
        \(insert) SELECT \(group), count(*)
        FROM detections WHERE captured_at >= ? AND captured_at < ? GROUP BY 1, 2, 3, 4, 5 \(add)
        """

    private static let group = """
        captured_at / \(quarter) * \(quarter), task, \(label), COALESCE(camera_id, ''), COALESCE(device_id, '')
        """
    private static let insert = "INSERT INTO detection_counts (quarter, task, label, camera_id, device_id, detections)"
    private static let add = """
        ON CONFLICT (quarter, task, label, camera_id, device_id)
        DO UPDATE SET detections = detection_counts.detections + excluded.detections
        """

    /// Takes the rows of a partition that is about to be dropped off the counts: no trigger sees that.
    static func subtract(rowsOf partition: String, _ db: any SQLSession) throws {
        try db.execute(
            """
            \(insert) SELECT \(group), -count(*) FROM \(partition.quotedIdentifier)
            WHERE captured_at < (SELECT counted_until FROM detection_count_state) GROUP BY 1, 2, 3, 4, 5 \(add)
            """)
        try db.execute("UPDATE detection_count_state SET revision = ?", [Int64.random(in: .min ... .max)])
    }

    /// Takes the next changes into the counts, of which no sum becomes another.
    ///
    /// - Returns: whether that is all of them.
    static func fold(_ db: any SQLSession) throws -> Bool {
        let next = "SELECT detection_id FROM detection_count_changes ORDER BY detection_id LIMIT 1 OFFSET \(stepLimit)"
        let end: UUIDv7? = try db.value(next)
        let (some, values) = end.map { ("detection_id < ?", [$0]) } ?? ("TRUE", [])
        let sums = """
            \(insert) SELECT quarter, task, label, camera_id, device_id, CAST(SUM(change) AS BIGINT)
            FROM detection_count_changes WHERE \(some) GROUP BY 1, 2, 3, 4, 5 \(add)
            """
        let empty = """
            DELETE FROM detection_counts WHERE detections = 0
            AND quarter IN (SELECT quarter FROM detection_count_changes WHERE \(some))
            """
        for statement in [sums, empty, "DELETE FROM detection_count_changes WHERE \(some)"] {
            try db.execute(statement, values)
        }
        return end == nil
    }
}
