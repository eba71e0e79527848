import TestSupport
import Testing

@testable import KeyValue

/// Prints how fast it is; asserts only that everything arrived.
@Suite(.enabled(if: TestRedis.isInstalled, Comment(rawValue: TestRedis.absence)))
struct RedisFiguresTests {
    @Test func readsOfManyCallersArePipelined() async throws {
        let (callers, reads) = (64, 1000)
        try await TestRedis.with { server in
            try await withClient("redis://127.0.0.1:\(server.port)", change: { $0.callTimeout = .seconds(10) }) {
                client in
                let store = RedisKeyValueStore(client)
                try await store.set("k", to: .init(repeating: 7, count: 100), expiry: nil)
                let start = ContinuousClock.now
                let found = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<callers {
                        group.addTask {
                            var found = 0
                            for _ in 0..<reads where try await store.value(of: "k")?.count == 100 { found += 1 }
                            return found
                        }
                    }
                    return try await group.reduce(0, +)
                }
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                #expect(found == callers * reads)
                print("figures: \(Int(Double(found) / seconds)) GET/s by \(callers) callers over 2 connections")
            }
        }
    }

    @Test func eventsPassThroughAStream() async throws {
        try await TestRedis.with { server in
            try await withClient("redis://127.0.0.1:\(server.port)", change: { $0.callTimeout = .seconds(10) }) {
                client in
                let flood = try await pass(batches: 200, of: 100, through: RedisStream("flood", client: client))
                print("figures: \(flood.rate) events/s at most, through a stream; p99 \(flood.p99) end to end")
                let calm = try await pass(
                    batches: 500, of: 10, oneByOne: true, through: RedisStream("calm", client: client))
                print("figures: \(calm.rate) events/s when ten wait for the last ten; p99 \(calm.p99) end to end")
            }
        }
    }

    /// - Parameter oneByOne: a batch is appended when the one before has arrived.
    private func pass(
        batches: Int, of size: Int, oneByOne: Bool = false, through stream: RedisStream
    ) async throws -> (rate: Int, p99: Duration) {
        let origin = ContinuousClock.now
        let delays = Collected<Duration>()
        let (arrivals, arrived) = AsyncStream<Void>.makeStream()
        let consumption = StreamConsumption(group: "g", consumer: "a")
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await stream.consume(consumption, logger: quiet) { entry in
                    let sent = Duration.nanoseconds(Int64(entry.event.kind) ?? 0)
                    delays.add(ContinuousClock.now - origin - sent)
                    if delays.count % size == 0 { arrived.yield() }
                }
            }
            defer { group.cancelAll() }
            var iterator = arrivals.makeAsyncIterator()
            for batch in 0..<batches {
                let now = Int64((ContinuousClock.now - origin) / .nanoseconds(1))
                try await stream.append(
                    (0..<size).map {
                        StreamEvent(id: "\(batch)-\($0)", kind: "\(now)", payload: .init(repeating: 1, count: 200))
                    })
                if oneByOne { await iterator.next() }
            }
            try await TestRedis.wait(for: "all") { delays.count >= batches * size ? () : nil }
            let seconds = (ContinuousClock.now - origin) / .seconds(1)
            let sorted = delays.elements.sorted()
            #expect(sorted.count == batches * size)
            return (Int(Double(sorted.count) / seconds), sorted[sorted.count * 99 / 100])
        }
    }
}
