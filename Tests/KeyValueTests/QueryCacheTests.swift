import Synchronization
import TestSupport
import Testing

@testable import KeyValue

@Suite struct QueryCacheTests {
    private let clock = ManualClock()

    @Test func anAnswerIsComputedOnceForARevision() async throws {
        let cache = QueryCache(store: InProcessKeyValueStore(), expiry: .seconds(60))
        let computed = Collected<Bool>()
        for revision: UInt64 in [1, 1, 2, 2, 1] {
            let answer = try await cache.answer(to: QueryKey("count", arguments: [7], revision: revision)) {
                computed.add(true)
                return [UInt8(revision)]
            }
            #expect(answer == [UInt8(revision)])
        }
        #expect(computed.count == 2)
    }

    @Test func anAnswerExpires() async throws {
        let clock = clock
        let cache = QueryCache(store: InProcessKeyValueStore(clock: { clock.now }), expiry: .seconds(5))
        let key = QueryKey("count", arguments: [], revision: 1)
        #expect(try await cache.answer(to: key) { [1] } == [1])
        #expect(try await cache.answer(to: key) { [2] } == [1])
        clock.advance(by: .seconds(5))
        #expect(try await cache.answer(to: key) { [3] } == [3])
    }

    @Test func noTwoQueriesShareAKey() {
        let keys = [
            QueryKey("a", arguments: [], revision: 1), QueryKey("a", arguments: [], revision: 11),
            QueryKey("a 1", arguments: [], revision: 1), QueryKey("a", arguments: Array("1".utf8), revision: 1),
            QueryKey("a", arguments: Array(" ".utf8), revision: 1), QueryKey("b", arguments: [], revision: 1),
        ]
        #expect(Set(keys.map(\.storeKey)).count == keys.count)
    }

    @Test func aStoreThatFailsFailsNobody() async throws {
        let store = SwitchableStore(clock: clock)
        store.isAway = true
        let cache = QueryCache(store: store, expiry: .seconds(60))
        let answer = try await cache.answer(to: QueryKey("a", arguments: [], revision: 1)) { [9] }
        #expect(answer == [9])
    }

    @Test func whatIsTooLargeIsAnsweredAndNotKept() async throws {
        let store = InProcessKeyValueStore()
        let cache = QueryCache(store: store, expiry: .seconds(60))
        let large = [UInt8](repeating: 1, count: KeyValueLimits.value + 1)
        let answer = try await cache.answer(to: QueryKey("a", arguments: [], revision: 1)) { large }
        #expect(answer.count == large.count)
        #expect(store.count == 0)
    }

    @Test func concurrentMissesAreComputedOnceAndTheFailureIsShared() async throws {
        let flights = SingleFlight<String>()
        let gate = Gate()
        let computed = Collected<Bool>()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await flights.run("k") {
                            computed.add(true)
                            await gate.wait()
                            throw KeyValueError(.invalid, "computed")
                        }
                        return false
                    } catch {
                        return (error as? KeyValueError)?.message == "computed"
                    }
                }
            }
            try await TestRedis.wait(for: "the others to wait") { flights.waiting(for: "k") == 19 ? () : nil }
            gate.open()
            for try await failedAlike in group { #expect(failedAlike) }
        }
        #expect(computed.count == 1)
        #expect(flights.count == 0)
    }

    @Test func whenTheOneThatWorksIsCancelledAnotherTakesOver() async throws {
        let flights = SingleFlight<String>()
        let leader = Task {
            try await flights.run("k") {
                try await Task.sleep(for: .seconds(3600))  // stalls: until it is cancelled
                return [1]
            }
        }
        try await TestRedis.wait(for: "the leader") { flights.count == 1 ? () : nil }
        async let other = flights.run("k") { [2] }
        try await TestRedis.wait(for: "the other") { flights.waiting(for: "k") == 1 ? () : nil }
        leader.cancel()
        #expect(try await other.value == [2])
        await #expect(throws: CancellationError.self) { _ = try await leader.value }
    }

    @Test func whoeverIsCancelledWhileWaitingLeavesAtOnce() async throws {
        let flights = SingleFlight<String>()
        let gate = Gate()
        async let leader = flights.run("k") {
            await gate.wait()
            return [1]
        }
        try await TestRedis.wait(for: "the leader") { flights.count == 1 ? () : nil }
        let follower = Task { try await flights.run("k") { [2] } }
        try await TestRedis.wait(for: "the follower") { flights.waiting(for: "k") == 1 ? () : nil }
        follower.cancel()
        await #expect(throws: CancellationError.self) { _ = try await follower.value }
        gate.open()
        #expect(try await leader.value == [1])
    }
}

/// Lets nobody pass until it is opened.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

    func wait() async {
        await withCheckedContinuation { waiter in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(waiter) }
                return state.isOpen
            }
            if isOpen { waiter.resume() }
        }
    }

    func open() {
        let waiters = state.withLock { state in
            defer { state = (true, []) }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
