import AIBoxAPI
import Foundation
import Storage
import TestSupport
import Testing

@testable import DataManager

/// Counts that come from the table of counts, from rows, or from both.
@Suite struct SummaryTests {
    /// Detections behind one camera, as they were stored and not deleted.
    private struct Stored {
        let id: UUIDv7
        let time: Timestamp
        let label: String
        let camera: String
    }

    @Test(arguments: TestRows.plain)
    func nightsAreRightWhenTheyCameBeforeTheyWereCounted(_ rows: TestRows) async throws {
        try await withDataManager(on: rows, at: ManualClock("2027-03-01T00:00:00Z")) { manager in
            try await verifySummaries(manager) {
                try await manager.countDetections()
                #expect(try await Self.uncounted(manager) == 0)
            }
            try await Self.expectCountsAreThoseOfRows(manager)
        }
    }

    @Test(arguments: TestRows.plain) func nightsAreRightWhenTheyCameLate(_ rows: TestRows) async throws {
        try await withDataManager(on: rows, at: ManualClock("2027-03-01T00:00:00Z")) { manager in
            try await manager.countDetections()
            try await verifySummaries(manager)
            #expect(try await Self.uncounted(manager) == 0)
            try await Self.expectCountsAreThoseOfRows(manager)
        }
    }

    /// Against the calendar of Foundation, for whichever detections, mark and span.
    @Test(arguments: TestRows.plain, 0..<6)
    func everyDetectionIsInItsHourAndDayWhereverTheTableEnds(_ rows: TestRows, _ seed: UInt64) async throws {
        var random = SplitMix(seed)
        let zones = [
            "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "UTC",
            "America/St_Johns", "Pacific/Chatham", "+13:45", "Africa/Cairo",
        ]
        // The days around the shifts of the year.
        let starts = ["2026-03-06", "2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23", "2026-10-30", "2026-04-22"]
        let start = try #require(starts.randomElement(using: &random))
        let day = try #require(Timestamp("\(start)T00:00:00Z"))
        let clock = ManualClock(day.description)
        try await withDataManager(on: rows, at: clock) { manager in
            var stored: [Stored] = []
            for _ in 0..<6 {
                stored += try await Self.store(40, from: day, in: manager, &random)
                clock.advance(Double.random(in: 0...86_400, using: &random))
                try await manager.countDetections()
                try await Self.delete(from: &stored, in: manager, &random)
                for zone in zones { try await Self.verify(stored, day, zone, manager, &random) }
            }
            try await Self.expectCountsAreThoseOfRows(manager)
        }
    }

    private static func store(
        _ count: Int, from day: Timestamp, in manager: DataManager, _ random: inout SplitMix
    ) async throws -> [Stored] {
        var stored: [Stored] = []
        for _ in 0..<count {
            let time = day + Int64.random(in: 0..<4 * 86_400_000, using: &random)
            let item = Stored(
                id: UUIDv7(), time: time, label: ["car", "bus"].randomElement(using: &random) ?? "",
                camera: ["a", "b"].randomElement(using: &random) ?? "")
            var record = InferenceRecord.example(
                camera: item.camera, capturedAt: time, [.example(task: .vehicles, label: item.label)])
            record.id = item.id
            try await manager.store(record, picture: nil)
            stored.append(item)
        }
        return stored
    }

    /// Deletes some, by way of their inferences or themselves.
    private static func delete(
        from stored: inout [Stored], in manager: DataManager, _ random: inout SplitMix
    ) async throws {
        for _ in 0..<10 {
            let item = stored.remove(at: Int.random(in: stored.indices, using: &random))
            let table = Bool.random(using: &random) ? "inferences WHERE id" : "detections WHERE inference_id"
            try await manager.write { try $0.execute("DELETE FROM \(table) = ?", [item.id]) }
        }
    }

    private static func verify(
        _ stored: [Stored], _ day: Timestamp, _ zone: String, _ manager: DataManager, _ random: inout SplitMix
    ) async throws {
        let from = day + Int64.random(in: -86_400_000..<2 * 86_400_000, using: &random)
        let to = from + Int64.random(in: 1..<4 * 86_400_000, using: &random)
        let label = Bool.random(using: &random) ? "car" : nil
        let timeZone = try #require(zone == "+13:45" ? TimeZone(secondsFromGMT: 49_500) : TimeZone(identifier: zone))
        for bucket in [SummaryBucket.hour, .day] {
            let summary = try await manager.summary(
                SummaryQuery {
                    ($0.bucket, $0.from, $0.to, $0.timeZone, $0.label) = (bucket, from, to, zone, label)
                })
            var expected: [String: Int] = [:]
            for item in stored where item.time >= from && item.time < to && (label == nil || item.label == label) {
                expected["\(name(of: item.time, bucket, timeZone)) \(item.label) \(item.camera)", default: 0] += 1
            }
            var found: [String: Int] = [:]
            for item in summary.buckets {
                let name = name(of: item.start.moment, bucket, timeZone)
                for count in item.counts { found["\(name) \(count.label) \(count.cameraID ?? "")"] = count.count }
            }
            #expect(found == expected, "\(bucket) in \(zone) from \(from) to \(to)")
            let names = Set(summary.buckets.map { self.name(of: $0.start.moment, bucket, timeZone) })
            #expect(names.count == summary.buckets.count, "no bucket comes twice")
        }
    }

    /// A day by its date; an hour by date, number and offset.
    private static func name(of time: Timestamp, _ bucket: SummaryBucket, _ zone: TimeZone) -> String {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.year, .month, .day, .hour], from: date)
        let day = "\(parts.year ?? 0)-\(parts.month ?? 0)-\(parts.day ?? 0)"
        return bucket == .day ? day : "\(day) \(parts.hour ?? 0) \(zone.secondsFromGMT(for: date))"
    }

    // MARK: The table

    @Test(arguments: TestRows.plain) func aStepCountsABoundedNumber(_ rows: TestRows) async throws {
        try await withDataManager(on: rows, at: ManualClock("2026-03-01T12:00:00Z")) { manager in
            let noon = try #require(Timestamp("2026-02-01T12:00:00Z"))
            // More at one millisecond than a step counts, and then one each.
            let limit = Int64(DetectionCounts.stepLimit)
            let times = (0..<limit + 100).map { _ in noon } + (1...limit + 1).map { noon + $0 }
            try await Self.fill(manager, times)
            let target = DetectionCounts.target(at: manager.clock())
            var steps: [Int] = []
            repeat {
                let isDone = try await manager.write { try DetectionCounts.advance(to: target, $0) }
                steps.append(try await Self.sum(manager))
                try await Self.expectCountsAreThoseOfRows(manager)
                if isDone { break }
            } while steps.count < 10
            #expect(steps == [0, Int(limit) + 100, 2 * Int(limit) + 100, 2 * Int(limit) + 101])
            #expect(try await Self.uncounted(manager) == 0)
            // Going on changes nothing.
            let table = try await manager.read { try DetectionCounts.read($0) }
            try await manager.countDetections()
            #expect(try await manager.read { try DetectionCounts.read($0) } == table)
        }
    }

    @Test(arguments: TestRows.plain) func whatIsDeletedLeavesNoCountBehind(_ rows: TestRows) async throws {
        try await withDataManager(on: rows, at: ManualClock()) { manager in
            let time = try #require(Timestamp("2026-02-01T12:00:00Z"))
            let records = (0..<3).map { _ in InferenceRecord.example(capturedAt: time, [.example(), .example()]) }
            for record in records { try await manager.store(record, picture: nil) }
            try await manager.countDetections()
            for (number, record) in records.enumerated() {
                let before = try await manager.read { try DetectionCounts.read($0).revision }
                try await manager.write { try $0.execute("DELETE FROM inferences WHERE id = ?", [record.id]) }
                #expect(try await Self.sum(manager) == 4 - 2 * number)
                #expect(try await manager.read { try DetectionCounts.read($0).revision } != before)
            }
            let changes = "SELECT count(*) FROM detection_count_changes"
            #expect(try await manager.read { try $0.value(changes) } == 6)
            try await manager.countDetections()
            #expect(try await manager.read { try $0.value(changes) } == 0)
            #expect(try await manager.read { try $0.exists("SELECT 1 FROM detection_counts") } == false)
        }
    }

    @Test(arguments: TestRows.plain) func changesAreTakenInByStepsWithoutAnotherSum(_ rows: TestRows) async throws {
        try await withDataManager(on: rows, at: ManualClock("2026-03-01T12:00:00Z")) { manager in
            try await manager.countDetections()
            let noon = try #require(Timestamp("2026-02-01T12:00:00Z"))
            let limit = Int64(DetectionCounts.stepLimit)
            try await Self.fill(manager, (0..<2 * limit + 1).map { noon + $0 * 1000 })
            let table = try await manager.read { try DetectionCounts.read($0) }
            var steps = 0
            while steps < 10 {
                let isDone = try await manager.write { try DetectionCounts.fold($0) }
                steps += 1
                try await Self.expectCountsAreThoseOfRows(manager)
                if isDone { break }
            }
            #expect(steps == 3)
            #expect(try await Self.sum(manager) == 2 * Int(limit) + 1)
            #expect(try await manager.read { try DetectionCounts.read($0) } == table, "nothing is asked anew")
            #expect(try await manager.read { try $0.exists("SELECT 1 FROM detection_count_changes") } == false)
        }
    }

    @Test(arguments: TestRows.plain) func aRefusedWriteIsNotCounted(_ rows: TestRows) async throws {
        try await withDataManager(on: rows, at: ManualClock()) { manager in
            try await manager.countDetections()
            let time = try #require(Timestamp("2026-02-01T12:00:00Z"))
            var record = InferenceRecord.example(capturedAt: time)
            try await manager.store(record, picture: nil)
            record.id = UUIDv7()
            record.detections.insert(.example(), at: 0)
            let refusal = await problem { [record] in try await manager.store(record, picture: nil) }
            #expect(refusal?.status == 409)
            #expect(try await Self.sum(manager) == 1)
        }
    }

    /// Whatever planner: rows by the index of their time, counts by their key.
    @Test func neitherReadsEverything() async throws {
        try await withDataManager { manager, _ in
            let plans = try await manager.read { db in
                try [
                    "SELECT task, count(*) FROM detections WHERE captured_at >= 1 AND captured_at < 2 GROUP BY 1",
                    "SELECT task, SUM(detections) FROM detection_counts WHERE quarter >= 1 AND quarter < 2 GROUP BY 1",
                ].map { try db.rows("EXPLAIN QUERY PLAN \($0)").map { try $0.get("detail", as: String.self) } }
            }
            #expect(
                plans[0].first?.contains("USING INDEX detections_captured (captured_at>? AND captured_at<?)") == true)
            #expect(plans[1].first?.contains("PRIMARY KEY (quarter>? AND quarter<?)") == true)
        }
    }

    @Test func whatIsLeftOutIsTheDayUpToNow() async throws {
        try await withDataManager(at: ManualClock("2026-03-29T10:20:30Z")) { manager in
            let midnight = Timestamp("2026-03-28T23:00:00Z")
            let cases: [(SummaryBucket, to: Timestamp?, String)] = [
                (.hour, nil, "2026-03-28T23:00:00.000Z 2026-03-29T11:00:00.000Z 12"),
                (.day, nil, "2026-03-28T23:00:00.000Z 2026-03-29T22:00:00.000Z 1"),
                (.minute, nil, "2026-03-28T23:00:00.000Z 2026-03-29T10:21:00.000Z 681"),
                (.hour, midnight, "2026-03-27T23:00:00.000Z 2026-03-28T23:00:00.000Z 24"),
            ]
            for (bucket, to, span) in cases {
                let summary = try await manager.summary(
                    SummaryQuery { ($0.bucket, $0.timeZone, $0.to) = (bucket, "Europe/Berlin", to) })
                #expect("\(summary.from) \(summary.to) \(summary.buckets.count)" == span)
            }
            #expect(try await manager.summary(SummaryQuery()).timeZone == "UTC")
        }
    }

    @Test func tooManyCountsAreRefused() async throws {
        let span = try SummarySpan(
            .day, from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: 86_400_000 * 9000), in: .utc)
        #expect(span.starts.count == 9000)
        var counts = SummaryCounts()
        let groups = (0..<12).map { SummaryCounts.Group(task: "vehicles", label: "\($0)", camera: "") }
        let refusal = await problem {
            for bucket in span.starts.indices { for group in groups { try counts.add(1, of: group, in: bucket) } }
        }
        #expect(refusal?.status == 422 && refusal?.errors?.map(\.field) == ["bucket"])
    }

    // MARK: Looking

    private static let counts = """
        (SELECT * FROM detection_counts UNION ALL
        SELECT quarter, task, label, camera_id, device_id, change FROM detection_count_changes) AS counts
        """

    /// The table says of the time that it covers what a count of the rows says.
    static func expectCountsAreThoseOfRows(_ manager: DataManager) async throws {
        let (table, rows) = try await manager.read { db in
            (
                try db.rows(
                    """
                    SELECT quarter, task, label, camera_id, device_id, CAST(SUM(detections) AS BIGINT) FROM \(counts)
                    GROUP BY 1, 2, 3, 4, 5 HAVING SUM(detections) <> 0 ORDER BY 1, 2, 3, 4, 5
                    """
                ).map(\.values),
                try db.rows(
                    """
                    SELECT captured_at / 900000 * 900000 AS quarter, task,
                        CASE WHEN task = 'plates' THEN 'plate' ELSE label END AS label,
                        COALESCE(camera_id, '') AS camera_id, COALESCE(device_id, '') AS device_id, count(*)
                    FROM detections WHERE captured_at < (SELECT counted_until FROM detection_count_state)
                    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
                    """
                ).map(\.values)
            )
        }
        #expect(table == rows)
    }

    static func sum(_ manager: DataManager) async throws -> Int {
        try await manager.read {
            try $0.value("SELECT CAST(COALESCE(SUM(detections), 0) AS BIGINT) FROM \(counts)") ?? 0
        }
    }

    private static func uncounted(_ manager: DataManager) async throws -> Int {
        try await manager.read {
            try $0.value(
                """
                SELECT count(*) FROM detections
                WHERE captured_at >= (SELECT counted_until FROM detection_count_state)
                """) ?? 0
        }
    }

    private static func fill(_ manager: DataManager, _ times: [Timestamp]) async throws {
        let owner = InferenceRecord.example([])
        try await manager.store(owner, picture: nil)
        try await manager.write { db in
            let rows: [[SQLValue]] = times.map { time in
                [
                    UUIDv7().sqlValue, owner.id.sqlValue, .text("faces"), .text("face"), .real(0), .real(0), .real(0),
                    .real(1), .real(1), .text("{}"), time.sqlValue, .integer(0), .integer(0),
                ]
            }
            try db.copy(
                rows, into: "detections",
                columns: [
                    "id", "inference_id", "task", "label", "confidence", "x", "y", "width", "height", "details",
                    "captured_at", "created_at", "has_image",
                ])
        }
    }
}
