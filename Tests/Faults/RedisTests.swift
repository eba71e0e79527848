import AIBoxAPI
import Foundation
import KeyValue
import Logging
import NIOPosix
import ServiceClients
import Synchronization
import TestSupport
import Testing

extension Faults {
    /// The stream of events in Redis while the data manager, or Redis, dies under load.
    @Suite(
        .enabled(if: Places.hasBinary, Comment(rawValue: Places.noBinary)),
        .enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)), .timeLimit(.minutes(10)))
    struct RedisTests {
        @Test func consumersSeeEveryEventInOrderAlthoughRedisAndTheDataManagerAreKilled() async throws {
            try await withTemporaryFolder { folder in
                let redis = folder.appending(path: "redis")
                try FileManager.default.createDirectory(at: redis, withIntermediateDirectories: true)
                let options = ["--appendonly", "yes", "--appendfsync", "always", "--dir", redis.path]
                try await TestRedis.with(options) { server in
                    let world = try EmbeddedWorld(folder: folder)
                    let redisURL = "redis://127.0.0.1:\(server.port)"
                    let (journal, seen) = (Journal(seed: 7), SeenEvents())
                    try await consuming(redisURL, group: "live", seen) {
                        for round in 0..<Faults.count(2, full: 10) {
                            let box = try await world.open(["AIBOX_REDIS_URL": redisURL])
                            let goal = journal.acknowledgedCount + 100
                            try await box.underLoad(journal) {
                                try await wait(for: "acknowledgements") {
                                    journal.acknowledgedCount >= goal ? () : nil
                                }
                                if round % 2 == 0 {
                                    await server.kill()
                                    let before = journal.acknowledgedCount
                                    try await wait(for: "an acknowledgement without Redis") {
                                        journal.acknowledgedCount >= before + 50 ? () : nil
                                    }
                                    try await server.start()
                                }
                                try await box.child.kill()
                            }
                        }
                        try await world.withBox(["AIBOX_REDIS_URL": redisURL]) { box in
                            let stored = try await Self.events(box.manager)
                            try await wait(for: "every event in the stream") {
                                seen.ids.count == stored.count ? () : nil
                            }
                            let told = Set(seen.ids)
                            #expect(told == Set(stored.map(\.id.description)))
                            #expect(
                                journal.entries.allSatisfy {
                                    !$0.isAcknowledged || told.contains($0.record.id.description)
                                })
                            // What a consumer was given when Redis died comes to it again, out of turn; the stream is in order.
                            let late = SeenEvents()
                            try await consuming(redisURL, group: "late", late) {
                                try await wait(for: "the whole stream") {
                                    late.ids.count == stored.count ? () : nil
                                }
                            }
                            #expect(late.ids == stored.map(\.id.description))
                        }
                    }
                    print("RedisTests: \(seen.ids.count) events, \(seen.repetitions) repeated")
                }
            }
        }

        private static func events(_ manager: HTTPDataManager) async throws -> [Event] {
            var (events, query): ([Event], EventQuery) = ([], EventQuery(after: 0))
            query.limit = 500
            repeat {
                let batch = try await manager.events(query)
                if batch.events.isEmpty { return events }
                events += batch.events
                query.after = batch.next
            } while true
        }

        /// A consumer of another program, while `body` runs.
        private func consuming(
            _ url: String, group name: String, _ seen: SeenEvents, _ body: () async throws -> Void
        ) async throws {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let client = try RedisClient(
                RedisConfiguration(url: url), group: MultiThreadedEventLoopGroup.singleton, logger: logger)
            var consumption = StreamConsumption(group: name, consumer: "1")
            consumption.lease = .seconds(1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await client.run() }
                group.addTask { [consumption] in
                    await RedisStream("events", client: client).consume(consumption, logger: logger) {
                        seen.add($0.event.id)
                    }
                }
                defer { group.cancelAll() }
                try await body()
            }
        }
    }
}

/// The identifiers of events in the order in which each was first seen.
private final class SeenEvents: Sendable {
    private let state = Mutex((known: Set<String>(), order: [String](), repetitions: 0))

    var ids: [String] { state.withLock { $0.order } }
    var repetitions: Int { state.withLock { $0.repetitions } }

    func add(_ id: String) {
        state.withLock {
            if $0.known.insert(id).inserted { $0.order.append(id) } else { $0.repetitions += 1 }
        }
    }
}
