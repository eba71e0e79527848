import AIBoxAPI
import Foundation
import KeyValue
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import DataManager

/// Events in a real Redis that keeps them on its disk.
@Suite(
    .enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)), .serialized, .timeLimit(.minutes(5)))
struct RedisRelayTests {
    private struct Died: Error {}

    /// What a consumer was given, in its order.
    private final class Seen: Sendable {
        private let entries = Mutex<[StreamEvent]>([])

        var all: [StreamEvent] { entries.withLock { $0 } }
        var distinct: Int { Set(all.map(\.id)).count }

        func add(_ entry: StreamEntry) { entries.withLock { $0.append(entry.event) } }
    }

    @Test func everyEventReachesConsumersAlthoughRedisAndTheRelayDie() async throws {
        try await withDurableRedis { server, client in
            try await withDataManager { manager, _ in
                let (time, sink) = (ManualTime(), RedisEventSink(client))
                let seen = Seen()
                try await consuming(client, group: "live", seen) {
                    let relay = EventRelay(manager.database, manager.feed, sink: sink.publish, .silent)
                    try await alongside([manager.feed.run, relay.run]) {
                        try await store(100, in: manager)
                        async let more: Void = store(300, in: manager)
                        await server.kill()
                        try await more
                        // Nobody who writes has waited for Redis.
                        #expect(try await relay.behind() > 0)
                        try await server.start()
                        try await store(100, in: manager)
                        try await untilAll(of: manager, in: seen)
                    }
                    // A process that dies between publishing and noting it.
                    try await store(50, in: manager)
                    let doomed = EventRelay(
                        manager.database, manager.feed,
                        sink: {
                            try await sink.publish($0)
                            throw Died()
                        }, .silent, now: { time.now })
                    guard case .failed = await doomed.advance() else { throw Died() }
                    let heir = EventRelay(
                        manager.database, manager.feed, sink: sink.publish, .silent, now: { time.now })
                    #expect(await heir.advance() == .elsewhere)
                    time.advance(by: .seconds(11))
                    #expect(await heir.advance() == .upToDate)
                    #expect(try await heir.behind() == 0)
                    try await untilAll(of: manager, in: seen)
                }
                let stream = Seen()
                try await consuming(client, group: "late", stream) {
                    try await untilAll(of: manager, in: stream)
                }
                try await expectInOrder(stream.all, manager)
            }
        }
    }

    @Test func healthTellsHowManyEventsWait() async throws {
        try await withDurableRedis { server, client in
            let folder = try TestFolder()
            var configuration = DataManager.Configuration(folder: folder.path)
            configuration.eventSink = RedisEventSink(client).publish
            let manager = try await DataManager(configuration, logger: .silent)
            await server.kill()
            try await alongside([{ try? await manager.run() }]) {
                try await store(3, in: manager)
                try await TestRedis.wait(for: "degraded health") {
                    try await manager.health().status == .degraded ? () : nil
                }
                let state = try await manager.health().checks["events"]
                // The alert that events are not passed on is one too.
                #expect(state?.hasPrefix("4 behind, not passed on since ") == true, "\(state ?? "none")")
                try await server.start()
                try await TestRedis.wait(for: "health") {
                    let health = try await manager.health()
                    return health.status == .healthy && health.checks["events"] == "0 behind" ? () : nil
                }
                #expect(try await manager.alerts(SystemAlertQuery { $0.state = .open }).items.isEmpty)
            }
            await manager.close()
        }
    }

    /// The first time that each event is in the stream, they are all those of the database, whole and in order.
    private func expectInOrder(_ entries: [StreamEvent], _ manager: DataManager) async throws {
        var (known, order): (Set<String>, [Event]) = ([], [])
        for entry in entries where known.insert(entry.id).inserted {
            let event = try JSONDecoder().decode(Event.self, from: Data(entry.payload))
            #expect(entry.id == event.id.description && entry.kind == event.type)
            order.append(event)
        }
        let stored = try await manager.database.read { try EventRows.after(0, limit: 10_000, $0) }
        #expect(order == stored)
        #expect(entries.count >= stored.count + 50)
    }

    private func untilAll(of manager: DataManager, in seen: Seen) async throws {
        try await TestRedis.wait(for: "every event") {
            try await manager.database.read { try EventRows.last($0) } == seen.distinct ? () : nil
        }
    }

    private func store(_ count: Int, in manager: DataManager) async throws {
        for _ in 0..<count { try await manager.store(.example([]), picture: nil) }
    }

    private func consuming(
        _ client: RedisClient, group: String, _ seen: Seen, _ body: () async throws -> Void
    ) async throws {
        let stream = RedisStream(RedisEventSink.streamName, client: client)
        var consumption = StreamConsumption(group: group, consumer: "a")
        consumption.lease = .seconds(1)
        let work: @Sendable () async -> Void = { [consumption] in
            await stream.consume(consumption, logger: .silent) { seen.add($0) }
        }
        try await alongside([work], body)
    }

    /// Runs `body` while `works` run, then cancels them.
    private func alongside(
        _ works: [@Sendable () async -> Void], _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for work in works { group.addTask { await work() } }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// A Redis that has what it acknowledged after a kill, and a client of it.
    private func withDurableRedis(_ body: (TestRedis, RedisClient) async throws -> Void) async throws {
        let folder = try TestFolder()
        let options = ["--appendonly", "yes", "--appendfsync", "always", "--dir", folder.path]
        try await TestRedis.with(options) { server in
            let client = try RedisClient(
                RedisConfiguration(url: "redis://127.0.0.1:\(server.port)"),
                group: MultiThreadedEventLoopGroup.singleton, logger: .silent)
            try await alongside([client.run]) { try await body(server, client) }
        }
    }
}
