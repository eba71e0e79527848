import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Synchronization
import TestSupport
import Testing

@testable import DataManager
@testable import Storage

@Suite(.timeLimit(.minutes(3))) struct RetentionTests {
    private static let day: Int64 = 86_400_000
    private static let now = Timestamp.now

    /// An inference that was stored so many days ago.
    private static func old(_ days: Int64, plates: [String] = ["51F12345"], details: Int = 1) -> InferenceRecord {
        let time = Timestamp(milliseconds: now.milliseconds - days * day)
        var record = InferenceRecord.example(
            capturedAt: time,
            plates.map { .example(task: .plates, label: $0, plateNumber: $0) }
                + (1..<max(1, details)).map { _ in .example() })
        record.id = identifier(at: time)
        record.createdAt = time
        for index in record.detections.indices {
            record.detections[index].id = identifier(at: time)
            record.detections[index].inferenceID = record.id
        }
        return record
    }

    private static func identifier(at time: Timestamp) -> UUIDv7 {
        let bits = UInt64.random(in: 0...0xFFF)
        let (high, low) = (UInt64(time.milliseconds) << 16 | 0x7000 | bits, UUIDv7().low)
        return UUIDv7(high: high, low: low) ?? UUIDv7()
    }

    private static func retention(
        _ manager: DataManager, days: Int = 90, blobs: SealedBlobs? = nil
    ) -> DetectionRetention {
        DetectionRetention(
            database: manager.database, blobs: blobs ?? manager.blobs, metadata: manager.metadata,
            plates: manager.cipher.plates, age: .seconds(days * 86_400), clock: { .now })
    }

    /// Does the job as a worker would; returns its result.
    @discardableResult
    private static func run(_ retention: DetectionRetention, _ manager: DataManager) async throws -> [String: JSONValue]
    {
        let job = try await manager.enqueue(Job(kind: Job.Kind.retention, maxAttempts: 3))
        let queue = manager.jobs.queue
        let claim = try #require(try await queue.claim(kinds: [Job.Kind.retention]))
        #expect(claim.job.id == job.id)
        let result = try await JobKind.retention(retention).run(JobContext(claim, queue))
        try await queue.finish(claim, .done(result))
        guard case .object(let members) = result else { return [:] }
        return members
    }

    @Test(arguments: TestRows.here) func whatIsOlderGoesWithItsPicturesAndTheRestStays(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, folder in
            let picture = ByteBuffer(string: "picture")
            let (old, older, young) = (
                Self.old(91), Self.old(200, plates: ["77A99999"]), Self.old(89, plates: ["51F12345", "30B00001"])
            )
            for record in [old, older, young] { try await manager.store(record, picture: picture) }
            let result = try await Self.run(Self.retention(manager), manager)
            #expect(result["inferences"] == .integer(2) && result["plates"] == .integer(1))
            for gone in [old, older] {
                #expect(try await manager.inference(gone.id) == nil)
                #expect(try await manager.detection(gone.detections[0].id) == nil)
            }
            #expect(try await manager.inference(young.id)?.detections.count == 2)
            #expect(try await manager.picture(ofInference: young.id) == picture)
            #expect(try folder.files(below: "blobs/objects/pictures").count == 1)
            let (plates, suffixes) = try await manager.read {
                (
                    try $0.values("SELECT plate FROM plates ORDER BY plate", as: String.self),
                    try $0.values("SELECT DISTINCT plate FROM plate_suffixes ORDER BY plate", as: String.self)
                )
            }
            let left = ["30B00001", "51F12345"].map { manager.cipher.plates?.token($0, .plate) ?? $0 }.sorted()
            #expect(plates.sorted() == left && suffixes.sorted() == left)
            #expect(try await Self.run(Self.retention(manager), manager)["inferences"] == .integer(0))
        }
    }

    @Test(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
    func wholeMonthsThatArePastAreDroppedAtOnce() async throws {
        try await withDataManager(on: .postgres) { manager, _ in
            for days in [20, 200, 201, 260, 300] as [Int64] { try await manager.store(Self.old(days), picture: nil) }
            let months = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'detections'::regclass"
            let before = try await manager.read { try $0.value(months, as: Int.self) } ?? 0
            let sum = "SELECT CAST(SUM(detections) AS BIGINT) FROM detection_counts"
            while try await !manager.write({ try DetectionCounts.advance(to: Self.now.milliseconds, $0) }) {}
            #expect(try await manager.read { try $0.value(sum, as: Int.self) } == 5)
            let result = try await Self.run(Self.retention(manager), manager)
            guard case .integer(let dropped) = result["months"] else { return #expect(Bool(false), "\(result)") }
            #expect((3...4).contains(dropped), "200 and 201 days ago may be one month")
            #expect(try await manager.read { try $0.value(months, as: Int.self) } == before - Int(dropped))
            #expect(result["inferences"] == .integer(4))
            #expect(try await manager.read { try $0.value("SELECT count(*) FROM detections", as: Int.self) } == 1)
            while try await !manager.write({ try DetectionCounts.fold($0) }) {}
            #expect(try await manager.read { try $0.value(sum, as: Int.self) } == 1, "no trigger sees a dropped month")
        }
    }

    @Test(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"))
    func aMonthThatIsReadJustNowIsNotWaitedFor() async throws {
        let server = try TestPostgres.shared()
        let folder = try TestFolder()
        let url = try server.newDatabase()
        var configuration = DataManager.Configuration(folder: folder.path)
        configuration.database = .postgres(url: url, replicas: [])
        let manager = try await DataManager(configuration, logger: .silent)
        try await manager.store(Self.old(200), picture: nil)
        let other = try await PostgresDatabase.open(.init(url: url))
        let (isReading, reading) = AsyncStream.makeStream(of: Void.self)
        let mayEnd = DispatchSemaphore(value: 0)
        async let read = other.read { db in
            _ = try db.rows("SELECT count(*) FROM detections")
            _ = try db.rows("SELECT 1")
            reading.yield()
            mayEnd.wait()
            return try db.value("SELECT count(*) FROM detections", as: Int.self)
        }
        for await _ in isReading { break }
        let result = try await Self.run(Self.retention(manager), manager)
        #expect(result["months"] == .integer(0) && result["inferences"] == .integer(1))
        mayEnd.signal()
        #expect(try await read == 1, "its snapshot")
        #expect(try await manager.read { try $0.value("SELECT count(*) FROM detections", as: Int.self) } == 0)
        await other.close()
        await manager.close()
    }

    @Test(arguments: TestRows.here) func aStepIsBounded(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            for _ in 0..<4 { try await manager.store(Self.old(100, details: 400), picture: nil) }
            try await manager.store(Self.old(99, details: 1500), picture: nil)
            for _ in 0..<250 { try await manager.store(Self.old(98), picture: nil) }
            let limit = try #require(Self.retention(manager).limit)
            var steps: [[DetectionRetention.Due]] = []
            while true {
                let due = try await manager.read { try DetectionRetention.due(before: limit, $0) }
                if due.isEmpty { break }
                steps.append(due)
                try await manager.write { try Self.retention(manager).delete(due, $0) }
            }
            for step in steps {
                #expect(step.count <= DetectionRetention.inferenceLimit)
                #expect(step.count == 1 || step.map(\.detections).reduce(0, +) <= DetectionRetention.detectionLimit)
            }
            #expect(steps.map(\.count) == [2, 2, 1, 200, 50])
        }
    }

    /// The index is followed: the time of a step does not grow with what is stored.
    @Test func theStepIsFoundByTheKey() async throws {
        try await withDataManager { manager, _ in
            let plan = try await manager.read { db in
                try db.rows(
                    "EXPLAIN QUERY PLAN " + DetectionRetention.select, [UUIDv7(leastAt: .now), 200]
                ).map { try $0.get("detail", as: String.self) }
            }
            #expect(plan.contains { $0.contains("SEARCH inferences USING INDEX") }, "\(plan)")
            #expect(plan.contains { $0.contains("detections_inference (inference_id=?)") }, "\(plan)")
            #expect(!plan.contains { $0.contains("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
        }
    }

    /// Cut off between the rows and their pictures.
    @Test func picturesOfAStepThatWasCutOffAreDeletedByTheNextAttempt() async throws {
        try await withDataManager { manager, folder in
            let (gone, stays) = (Self.old(100), Self.old(1))
            for record in [gone, stays] { try await manager.store(record, picture: ByteBuffer(string: "picture")) }
            let queue = manager.jobs.queue
            _ = try await manager.enqueue(Job(kind: Job.Kind.retention, maxAttempts: 3))
            let first = try #require(try await queue.claim(kinds: [Job.Kind.retention]))
            let away = try TestFolder()
            let closed = try FolderBlobStore(.init(path: away.path))
            await closed.close()
            let cut = Self.retention(manager, blobs: SealedBlobs(closed, keys: nil))
            await #expect(throws: StorageError.self) {
                _ = try await JobKind.retention(cut).run(JobContext(first, queue))
            }
            #expect(try await manager.inference(gone.id) == nil)
            #expect(try folder.files(below: "blobs/objects/pictures").count == 2)
            try await queue.finish(first, .released)
            let second = try #require(try await queue.claim(kinds: [Job.Kind.retention]))
            _ = try await JobKind.retention(Self.retention(manager)).run(JobContext(second, queue))
            #expect(try folder.files(below: "blobs/objects/pictures").count == 1)
            #expect(try await manager.picture(ofInference: stays.id) != nil)
        }
    }

    @Test func aPlateLongerThanItsIndexStaysAsLongAsItIsThere() async throws {
        try await withDataManager { manager, _ in
            let long = String(repeating: "A1", count: 20)
            try await manager.store(Self.old(1, plates: [long]), picture: nil)
            try await manager.write { try PlateIndex(cipher: nil).entry(String(repeating: "B2", count: 20)).insert($0) }
            #expect(try await Self.run(Self.retention(manager), manager)["plates"] == .integer(1))
            #expect(
                try await manager.read { try $0.value("SELECT plate FROM plates", as: String.self) }
                    == String(long.prefix(32)))
        }
    }

    @Test func withoutTheSettingItCannotBeAskedFor() async throws {
        try await withDataManager { manager, _ in
            let refused = await problem { _ = try await manager.createJob(Job(kind: Job.Kind.retention)) }
            #expect(refused?.status == 422 && refused?.detail?.contains("detections_retention") == true)
        }
    }
}
