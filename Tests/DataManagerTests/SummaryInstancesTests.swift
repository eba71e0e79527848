import AIBoxAPI
import Foundation
import KeyValue
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import DataManager

/// Several data managers on one database, and what they keep of their answers.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SummaryInstancesTests {
    private static let start = "2026-03-01T12:00:00Z"
    private static let evening = SummaryQuery(.hour, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")

    // MARK: Counting while others write

    @Test(arguments: TestRows.plain) func nothingIsMissedNorCountedTwiceWhileAllWrite(_ rows: TestRows) async throws {
        let clock = ManualClock(Self.start)
        // SQLite has one process on a database, PostgreSQL several.
        try await Self.withManagers(rows.isPostgres ? 3 : 1, on: rows, at: clock) { managers in
            let done = Done()
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { done.set() }
                for (number, manager) in managers.enumerated() {
                    group.addTask { while !done.isSet { try await manager.countDetections() } }
                    // Sums never go down.
                    group.addTask {
                        var last = 0
                        while !done.isSet {
                            let sum = try await manager.summary(Self.week).count
                            #expect(sum >= last)
                            last = sum
                        }
                    }
                    group.addTask { try await Self.write(UInt64(number), around: clock, in: manager) }
                }
                for _ in managers { try await group.next() }
                done.set()
                try await group.waitForAll()
            }
            try await SummaryTests.expectCountsAreThoseOfRows(managers[0])
            for manager in managers {
                #expect(try await manager.summary(Self.week).count == 3 * 400 * managers.count)
            }
        }
    }

    private static let week = SummaryQuery(.day, "2026-02-27T00:00:00Z", "2026-03-08T00:00:00Z")

    /// 400 inferences with three items, captured between half an hour ago and now. Each takes ten seconds: the mark moves
    /// with every thirtieth.
    private static func write(_ seed: UInt64, around clock: ManualClock, in manager: DataManager) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    var random = SplitMix(seed * 4 + UInt64(writer))
                    for _ in 0..<100 {
                        let time = clock.time + Int64.random(in: -1_800_000...0, using: &random)
                        let record = InferenceRecord.example(
                            camera: "\(writer)", capturedAt: time, [.example(), .example(), .plate])
                        try await manager.store(record, picture: nil)
                        clock.advance(10)
                        if Bool.random(using: &random) { try await manager.store(record, picture: nil) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    // MARK: Answers that are kept

    /// A change behind the back of the table's revision shows who has counted anew and who has not.
    private static func falsify(_ manager: DataManager) async throws {
        try await manager.write { try $0.execute("UPDATE detection_counts SET detections = detections + 1000") }
    }

    @Test(
        .enabled(if: TestPostgres.isInstalled, Comment(rawValue: TestPostgres.absence)),
        .enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)))
    func whatOneInstanceHasCountedTheOthersTakeUntilItChanges() async throws {
        try await TestRedis.with { server in
            try await Self.withRedis(server, count: 2) { stores in
                let clock = ManualClock(Self.start)
                try await Self.withManagers(2, on: .postgres, at: clock, caches: stores) { managers in
                    let late = clock.time + -3_600_000
                    try await managers[0].store(.example(capturedAt: late), picture: nil)
                    try await managers[0].countDetections()
                    #expect(try await managers[0].summary(Self.evening).count == 1)
                    try await Self.falsify(managers[0])
                    #expect(try await managers[1].summary(Self.evening).count == 1, "what the first has counted")

                    // What is new is never kept: behind the mark it is counted each time.
                    try await managers[0].store(.example(capturedAt: clock.time), picture: nil)
                    #expect(try await managers[1].summary(Self.evening).count == 2)
                    // What comes late makes another revision, for all.
                    try await managers[0].store(.example(capturedAt: late), picture: nil)
                    for manager in managers.reversed() {
                        #expect(try await manager.summary(Self.evening).count == 1003)
                    }
                    // So does a mark that moves.
                    try await Self.falsify(managers[0])
                    clock.advance(3600)
                    try await managers[1].countDetections()
                    #expect(try await managers[0].summary(Self.evening).count == 2003)

                    // Redis emptied, and away: counted anew.
                    try await Self.falsify(managers[0])
                    await server.kill()
                    for manager in managers { #expect(try await manager.summary(Self.evening).count == 4003) }
                }
            }
        }
    }

    @Test func anotherQuestionIsAnotherAnswer() async throws {
        let clock = ManualClock(Self.start)
        try await Self.withManagers(1, on: .sqlite, at: clock) { managers in
            let manager = managers[0]
            let late = clock.time + -3_600_000
            let record = InferenceRecord.example(camera: "a", device: "d", capturedAt: late, [.example(), .plate])
            try await manager.store(record, picture: nil)
            try await manager.store(.example(camera: "b", capturedAt: late + -3_600_000), picture: nil)
            try await manager.countDetections()
            let questions: [(Int, (inout SummaryQuery) -> Void)] = [
                (3, { _ in }), (2, { $0.deviceID = "d" }), (1, { $0.task = .plates }), (2, { $0.label = "person" }),
                (2, { $0.cameraID = "a" }), (1, { $0.cameraID = "b" }), (0, { $0.deviceID = "b" }),
                (2, { $0.from = late }), (1, { $0.to = late }), (3, { $0.bucket = .day }),
                (3, { $0.timeZone = "Asia/Kathmandu" }), (3, { $0.to = late + 1 }),
            ]
            for _ in 0..<2 {
                for (count, change) in questions {
                    var query = Self.evening
                    change(&query)
                    #expect(try await manager.summary(query).count == count, "\(query)")
                }
            }
            // Where the span ends behind the mark it makes no difference.
            try await Self.falsify(manager)
            var query = Self.evening
            query.to = clock.time + 1
            #expect(try await manager.summary(query).count == 3)
        }
    }

    /// A store in which something happens whenever a value is looked for.
    private final class MeddlingStore: KeyValueStore {
        private let own = InProcessKeyValueStore()
        private let meddling = Mutex<(@Sendable () async -> Void)?>(nil)

        func set(_ body: @escaping @Sendable () async -> Void) { meddling.withLock { $0 = body } }

        func value(of key: String) async throws(KeyValueError) -> [UInt8]? {
            await meddling.withLock { $0 }?()
            return try own.value(of: key)
        }

        func values(of keys: [String]) throws(KeyValueError) -> [[UInt8]?] { try own.values(of: keys) }
        func set(_ key: String, to value: [UInt8], expiry: Duration?) throws(KeyValueError) {
            try own.set(key, to: value, expiry: expiry)
        }
        func compareAndSet(
            _ key: String, expected: [UInt8]?, to value: [UInt8]?, expiry: Duration?
        ) throws(KeyValueError) -> Bool {
            try own.compareAndSet(key, expected: expected, to: value, expiry: expiry)
        }
        func remove(_ key: String) throws(KeyValueError) { try own.remove(key) }
        func increment(_ key: String, by amount: Int, expiry: Duration?) throws(KeyValueError) -> Int {
            try own.increment(key, by: amount, expiry: expiry)
        }
        func admit(_ key: String, cost: Int, under limit: RateLimit) throws(KeyValueError) -> RateDecision {
            try own.admit(key, cost: cost, under: limit)
        }
        func health() -> KeyValueHealth { own.health() }
        func close() { own.close() }
    }

    private final class Countdown: Sendable {
        private let count: Mutex<Int>

        init(_ count: Int) { self.count = Mutex(count) }

        var left: Int { count.withLock { $0 } }

        /// Whether there was one left.
        func take() -> Bool {
            count.withLock { count in
                defer { count = max(0, count - 1) }
                return count > 0
            }
        }
    }

    @Test(arguments: [1, 2, 5]) func whatChangesBetweenTwoLooksIsCountedOnce(_ times: Int) async throws {
        let (clock, store) = (ManualClock(Self.start), MeddlingStore())
        try await Self.withManagers(1, on: .sqlite, at: clock, caches: [store]) { managers in
            let (manager, countdown) = (managers[0], Countdown(times))
            let late = clock.time + -3_600_000
            try await manager.store(.example(capturedAt: late), picture: nil)
            try await manager.countDetections()
            store.set {
                if countdown.take() { try? await manager.store(.example(capturedAt: late), picture: nil) }
            }
            let count = try await manager.summary(Self.evening).count
            let stored = times - countdown.left
            #expect(count == 1 + stored && stored == min(times, 3))
            #expect(try await manager.summary(Self.evening).count >= count)
        }
    }

    // MARK: What they run on

    private static func withManagers(
        _ count: Int, on rows: TestRows, at clock: ManualClock, caches: [any KeyValueStore] = [],
        _ body: ([DataManager]) async throws -> Void
    ) async throws {
        let url = rows.isPostgres ? try TestPostgres.shared().newDatabase() : nil
        var (managers, folders): ([DataManager], [TestFolder]) = ([], [])
        for number in 0..<count {
            let folder = try TestFolder()
            var configuration = DataManager.Configuration(folder: folder.path)
            if let url { configuration.database = .postgres(url: url, replicas: []) }
            if caches.indices.contains(number) { configuration.cache = caches[number] }
            configuration.clock = { clock.time }
            managers.append(try await DataManager(configuration, logger: .silent))
            folders.append(folder)
        }
        try await body(managers)
        for manager in managers { await manager.close() }
    }

    /// Clients of one Redis, as so many processes have them.
    private static func withRedis(
        _ server: TestRedis, count: Int, _ body: ([any KeyValueStore]) async throws -> Void
    ) async throws {
        let clients = try (0..<count).map { _ in
            try RedisClient(
                RedisConfiguration(url: "redis://127.0.0.1:\(server.port)"),
                group: MultiThreadedEventLoopGroup.singleton, logger: .silent)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { await client.run() } }
            defer { group.cancelAll() }
            try await body(clients.map { RedisKeyValueStore($0) })
        }
    }
}
