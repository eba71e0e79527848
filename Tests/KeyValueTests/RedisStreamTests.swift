import TestSupport
import Testing

@testable import KeyValue

@Suite(.enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)))
struct RedisStreamTests {
    @Test func eventsComeBackInTheirOrder() async throws {
        try await withStream { stream, _, _ in
            let ids = try await stream.append([event(1), event(2)])
            #expect(ids.count == 2 && ids[0] < ids[1])
            try await stream.createGroup("g")
            try await stream.createGroup("g")
            let seen = Collected<StreamEntry>()
            try await consuming(stream, "a", handler: { seen.add($0) }) {
                try await TestRedis.wait(for: "both") { seen.count == 2 ? () : nil }
            }
            #expect(seen.elements.map(\.event) == [event(1), event(2)])
            #expect(seen.elements.map(\.id) == ids)
            #expect(try await stream.pending(group: "g").isEmpty)
        }
    }

    @Test func whatOneConsumerLeftAnotherTakesOverAndNothingIsLost() async throws {
        try await withStream { stream, _, _ in
            let seen = Collected<StreamEntry>()
            let doomed = Task {
                // Takes entries and never finishes with the eleventh.
                await stream.consume(consumption("doomed"), logger: quiet) { entry in
                    if seen.count == 10 {
                        try await Task.sleep(for: .seconds(3600))  // stalls: until it is cancelled
                    }
                    seen.add(entry)
                }
            }
            for batch in 0..<10 { try await stream.append((0..<100).map { event(batch * 100 + $0) }) }
            try await TestRedis.wait(for: "ten handled") { seen.count == 10 ? () : nil }
            doomed.cancel()
            await doomed.value
            try await consuming(stream, "heir", handler: { seen.add($0) }) {
                try await TestRedis.wait(for: "all") { seen.ids.count == 1000 ? () : nil }
                try await TestRedis.wait(for: "no debt") { try await stream.pending(group: "g").isEmpty ? () : nil }
            }
            #expect(seen.elements.contains { $0.deliveries == 2 })
        }
    }

    @Test func tenThousandEventsReachTwoConsumersAlthoughRedisBreaksAllConnections() async throws {
        try await withStream { stream, client, _ in
            let seen = Collected<StreamEntry>()
            try await consuming(stream, "a", handler: { seen.add($0) }) {
                try await consuming(stream, "b", handler: { seen.add($0) }) {
                    for batch in 0..<100 {
                        try await stream.append((0..<100).map { event(batch * 100 + $0) })
                        if batch == 50 {
                            _ = try? await client.call(
                                RESPCommand("CLIENT", "KILL", "TYPE", "normal"), isIdempotent: true)
                            try await TestRedis.wait(for: "the connection") { try? await stream.count() }
                        }
                    }
                    try await TestRedis.wait(for: "all") { seen.ids.count == 10_000 ? () : nil }
                }
            }
            #expect(seen.ids == Set((0..<10_000).map { "event-\($0)" }))
        }
    }

    @Test func whatFailsTimeAfterTimeIsPutAsideWithTheReason() async throws {
        try await withStream { stream, _, _ in
            try await stream.append([event(1), event(2)])
            let attempts = Collected<StreamEntry>()
            let handler: @Sendable (StreamEntry) async throws -> Void = { entry in
                guard entry.event.id == "event-1" else { return }
                attempts.add(entry)
                throw KeyValueError(.invalid, "cannot be read")
            }
            try await consuming(stream, "a", handler: handler) {
                try await TestRedis.wait(for: "the dead letter") {
                    try await stream.deadLetters().isEmpty ? nil : ()
                }
            }
            #expect(attempts.count == 3)
            let letters = try await stream.deadLetters()
            #expect(letters.map(\.event) == [event(1)])
            #expect(letters.first?.deliveries == 3)
            #expect(letters.first?.reason.contains("cannot be read") == true)
            #expect(try await stream.pending(group: "g").isEmpty)
            #expect(try await stream.deadLetters(after: letters[0].id).isEmpty)
        }
    }

    @Test func aGroupThatRedisForgotIsMadeAgain() async throws {
        try await withStream { stream, client, _ in
            let seen = Collected<StreamEntry>()
            try await consuming(stream, "a", handler: { seen.add($0) }) {
                try await stream.append([event(1)])
                try await TestRedis.wait(for: "the first") { seen.ids.contains("event-1") ? () : nil }
                _ = try await client.call(RESPCommand("FLUSHALL"), isIdempotent: true)
                try await stream.append([event(2)])
                try await TestRedis.wait(for: "the second") { seen.ids.contains("event-2") ? () : nil }
            }
        }
    }

    @Test func theStreamIsTrimmedToAboutItsLength() async throws {
        try await withStream { stream, client, _ in
            let short = RedisStream("short", client: client, length: 100)
            for batch in 0..<10 { try await short.append((0..<100).map { event(batch * 100 + $0) }) }
            #expect(try await short.count() < 300)
            #expect(try await stream.count() == 0)
        }
    }

    @Test func pendingEntriesTellWhoHasThemAndHowOften() async throws {
        try await withStream { stream, _, _ in
            let ids = try await stream.append([event(1)])
            try await consuming(
                stream, "a", handler: { _ in throw KeyValueError(.invalid, "no") }, change: { $0.lease = .seconds(60) }
            ) {
                try await TestRedis.wait(for: "the delivery") {
                    (try? await stream.pending(group: "g"))?.first
                }
            }
            let pending = try #require(try await stream.pending(group: "g").first)
            #expect(pending.id == ids[0] && pending.consumer == "a" && pending.deliveries == 1)
            let claimed = try await stream.claim(group: "g", consumer: "b", idle: .milliseconds(1))
            #expect(claimed.entries.map(\.deliveries) == [2])
            try await stream.acknowledge(ids, group: "g")
            #expect(try await stream.pending(group: "g").isEmpty)
        }
    }

    @Test func whatIsTooLargeIsNotAppended() async throws {
        try await withStream { stream, _, _ in
            let large = StreamEvent(
                id: "e", kind: "k", payload: .init(repeating: 0, count: RedisStream.payloadLimit + 1))
            for events in [[large], Array(repeating: event(1), count: 1025)] {
                let error = await #expect(throws: KeyValueError.self) { try await stream.append(events) }
                #expect(error?.code == .tooLarge)
            }
        }
    }

    @Test func placesAreReadAndOrdered() {
        #expect(StreamID("12-3") == StreamID(milliseconds: 12, sequence: 3))
        for text in ["", "12", "12-", "-1", "a-1", "1-2-3"] { #expect(StreamID(text) == nil) }
        #expect(StreamID(milliseconds: 2, sequence: 0) > StreamID(milliseconds: 1, sequence: 9))
    }

    private func event(_ number: Int) -> StreamEvent {
        StreamEvent(id: "event-\(number)", kind: "test", payload: [0, 13, 10, UInt8(number % 256)])
    }

    private func consumption(_ consumer: String) -> StreamConsumption {
        var consumption = StreamConsumption(group: "g", consumer: consumer)
        consumption.lease = .milliseconds(200)
        consumption.deliveryLimit = 3
        return consumption
    }

    private func consuming(
        _ stream: RedisStream, _ consumer: String, handler: @escaping @Sendable (StreamEntry) async throws -> Void,
        change: (inout StreamConsumption) -> Void = { _ in }, _ body: () async throws -> Void
    ) async throws {
        var consumption = consumption(consumer)
        change(&consumption)
        let settled = consumption
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await stream.consume(settled, logger: quiet, handler: handler) }
            defer { group.cancelAll() }
            try await body()
        }
    }

    private func withStream(_ body: (RedisStream, RedisClient, TestRedis) async throws -> Void) async throws {
        try await TestRedis.with { server in
            try await withClient("redis://127.0.0.1:\(server.port)", change: { $0.callTimeout = .seconds(5) }) {
                client in
                try await body(RedisStream("events", client: client), client, server)
            }
        }
    }
}

extension Collected<StreamEntry> {
    var ids: Set<String> { Set(elements.map(\.event.id)) }
}
