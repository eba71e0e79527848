import AIBoxAPI
import Storage

/// Deletes what was stored longer ago than it is to be kept: inferences with their detections and metadata, then their
/// pictures.
///
/// In steps, each a short transaction, so that others write in between. Of PostgreSQL whole months go at once first. What
/// counts is when a row was stored, which its identifier tells, not what the camera's clock said.
struct DetectionRetention: Sendable {
    /// Inferences of one step.
    static let inferenceLimit = 200
    /// Detections of one step; an inference that has more is a step of its own.
    static let detectionLimit = 1000
    /// How often a month that is read just now is tried; its rows are counted each time.
    private static let dropAttempts = 3
    private static let dropPause = Duration.milliseconds(500)

    let database: any SQLDatabase
    let blobs: SealedBlobs
    let metadata: InferenceMetadata
    let plates: PlateCipher?
    /// `nil`: all is kept for ever.
    let age: Duration?
    let clock: @Sendable () -> Timestamp

    /// One inference that is to go.
    struct Due: Sendable, Equatable {
        let id: UUIDv7
        let hasPicture: Bool
        let detections: Int
    }

    /// What is older than this goes; `nil`: nothing does.
    var limit: Timestamp? {
        age.map { Timestamp(milliseconds: max(0, clock().milliseconds - Int64($0 / .milliseconds(1)))) }
    }

    /// The inferences of the next step, the oldest first; empty: none is due.
    static func due(before time: Timestamp, _ db: any SQLSession) throws -> [Due] {
        let rows = try db.rows(select, [UUIDv7(leastAt: time), inferenceLimit])
        var (due, detections): ([Due], Int) = ([], 0)
        for row in rows {
            let bytes: Int? = try row.get("picture_bytes")
            let next = Due(id: try row.get("id"), hasPicture: bytes != nil, detections: try row.get("detections"))
            detections += next.detections
            if detections > detectionLimit, !due.isEmpty { break }
            due.append(next)
        }
        return due
    }

    static let select = """
        SELECT id, picture_bytes, (SELECT count(*) FROM detections WHERE inference_id = inferences.id) AS detections
        FROM inferences WHERE id < ? ORDER BY id LIMIT ?
        """

    /// Their detections go with them.
    func delete(_ due: [Due], _ db: any SQLSession) throws {
        for inference in due { try db.execute("DELETE FROM inferences WHERE id = ?", [inference.id]) }
        try metadata.delete(due.map(\.id), db)
    }

    /// That there is none is no error.
    func deletePicture(_ inference: UUIDv7) async throws {
        try await blobs.store.delete(try BlobTable.pictures.key(inference))
    }

    /// Deletes the pictures whose inferences are gone: those of a step that was cut off behind its transaction.
    func deletePictures(of inferences: [UUIDv7]) async throws {
        let gone = try await database.read { db in
            try inferences.filter { try !db.exists("SELECT 1 FROM inferences WHERE id = ?", [$0]) }
        }
        for id in gone { try await deletePicture(id) }
    }

    /// Drops the months that are past, taking their rows off the sums of summaries. One that somebody reads all the time is
    /// left to the steps.
    func dropMonths(before time: Timestamp) async throws -> Int {
        var dropped = 0
        for month in try await database.read({ try $0.pastPartitions(of: "detections", endedBefore: time) }) {
            for attempt in 1...Self.dropAttempts {
                if try await drop(month) {
                    dropped += 1
                    break
                }
                if attempt < Self.dropAttempts { try await Task.sleep(for: Self.dropPause) }
            }
        }
        return dropped
    }

    /// `false`: somebody reads it now, and all is as it was.
    private func drop(_ month: String) async throws -> Bool {
        struct InUse: Error {}
        do {
            try await database.write { db in
                try DetectionCounts.subtract(rowsOf: month, db)
                guard try db.dropPartition(month, of: "detections", referringTo: "inferences") else { throw InUse() }
            }
            return true
        } catch is InUse {
            return false
        }
    }
}

extension UUIDv7 {
    /// The least identifier of a millisecond.
    init(leastAt time: Timestamp) {
        let (high, low) = (UInt64(clamping: time.milliseconds) << 16 | 0x7000, UInt64(0x8000_0000_0000_0000))
        self = UUIDv7(high: high, low: low) ?? UUIDv7()
    }
}
