import AIBoxAPI
import Foundation
import KeyValue
import Storage

extension DataManager {
    /// Rows of others may be missing for so long, when a replica answers.
    private static let summaryAge = ReadConsistency.bounded(.seconds(1))
    /// How often a summary is begun anew because the table of counts has gone on meanwhile.
    private static let attempts = 3

    public func summary(_ query: SummaryQuery) async throws -> DetectionSummary {
        try FieldRules.check(query)
        let zone = try query.timeZone.map { name throws(Problem) in try SiteZone(name) } ?? timeZone
        let reading = SummaryReading(try SummarySpan(query, in: zone, at: clock()), query)
        let buckets = try await counts(reading).buckets(of: reading.span)
        return DetectionSummary(
            bucket: query.bucket, timeZone: zone.name, from: Timestamp(milliseconds: reading.span.from),
            to: Timestamp(milliseconds: reading.span.to), count: buckets.reduce(0) { $0 + $1.count },
            buckets: buckets)
    }

    /// What the table of counts knows is the same for all who ask while its revision stays, and kept in the cache; what is
    /// newer is counted each time, in the snapshot in which the revision is read. So the sum is that of one snapshot.
    private func counts(_ reading: SummaryReading) async throws -> SummaryCounts {
        for _ in 0..<Self.attempts {
            let (table, newer) = try await read(Self.summaryAge) { db in
                let table = try DetectionCounts.read(db)
                return (table, try reading.uncounted(from: table.countedUntil, db))
            }
            guard var counts = try await kept(reading, table) else { continue }
            try counts.add(newer)
            return counts
        }
        return try await read(Self.summaryAge) { db in
            let table = try DetectionCounts.read(db)
            var counts = try reading.counted(before: table.countedUntil, db)
            try counts.add(reading.uncounted(from: table.countedUntil, db))
            return counts
        }
    }

    private struct TableHasMoved: Error {}

    /// What `table` knows, from the cache or the database; `nil` when the database has another revision by now.
    private func kept(_ reading: SummaryReading, _ table: DetectionCounts) async throws -> SummaryCounts? {
        guard reading.span.from < table.countedUntil else { return SummaryCounts() }
        let key = QueryKey(
            "detections.summary", arguments: try reading.arguments(before: table.countedUntil),
            revision: UInt64(bitPattern: table.revision))
        do {
            let answer = try await queries.answer(to: key) {
                let counts: SummaryCounts? = try await read(Self.summaryAge) { db in
                    try DetectionCounts.read(db) == table ? reading.counted(before: table.countedUntil, db) : nil
                }
                guard let counts else { throw TableHasMoved() }
                return try Array(JSONEncoder().encode(counts))
            }
            return try JSONDecoder().decode(SummaryCounts.self, from: Data(answer))
        } catch is TableHasMoved {
            return nil
        }
    }

    /// Counts what has arrived since, and takes in what has changed, in small transactions: others write in between.
    func countDetections() async throws {
        let target = DetectionCounts.target(at: clock())
        let (isBehind, hasChanges) = try await read { db in
            (
                try DetectionCounts.read(db).countedUntil < target,
                try db.exists("SELECT 1 FROM detection_count_changes LIMIT 1")
            )
        }
        if isBehind { try await untilDone { try DetectionCounts.advance(to: target, $0) } }
        if hasChanges { try await untilDone { try DetectionCounts.fold($0) } }
    }

    private func untilDone(_ step: @escaping @Sendable (any SQLSession) throws -> Bool) async throws {
        while true {
            let isDone = try await write(step)
            if isDone { return }
            try Task.checkCancellation()
        }
    }
}

extension QueryCache {
    /// Answers are kept for ten minutes, those of an earlier revision as well: nobody asks for them. In this process 32 MiB
    /// at most.
    convenience init(_ shared: (any KeyValueStore)?) {
        let own = InProcessKeyValueStore.Bounds(values: 1000, valueBytes: 32 << 20, windows: 1)
        self.init(store: shared ?? InProcessKeyValueStore(bounds: own), expiry: .seconds(600))
    }
}

extension FieldRules {
    fileprivate static func check(_ query: SummaryQuery) throws(Problem) {
        var rules = FieldRules()
        rules.text("label", query.label, limit: 200)
        rules.text("camera_id", query.cameraID, limit: 128)
        rules.text("device_id", query.deviceID, limit: 128)
        try rules.finish()
    }
}
