import Synchronization
import Testing

@testable import Pipelines

@Suite(.timeLimit(.minutes(1)))
struct SlotQueueTests {
    @Test func callersAreServedInOrderOfArrival() async throws {
        let queue = SlotQueue(name: "q", slots: [0], limit: 10)
        let served = Noted<[Int]>([])
        try await holding(queue) { release async throws in
            await withTaskGroup(of: Void.self) { group in
                for caller in 0..<5 {
                    group.addTask { _ = try? await queue.withSlot { _ in served.change { $0.append(caller) } } }
                    await until { queue.waiting == caller + 1 }
                }
                release()
            }
        }
        #expect(served.value == [0, 1, 2, 3, 4])
    }

    @Test func aSlotBelongsToOneCallerAtATime() async throws {
        let queue = SlotQueue(name: "q", slots: [0, 1, 2], limit: 100)
        let lent = Noted<Set<Int>>([])
        let results = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let answer = try? await queue.withSlot { slot in
                        let isMine = lent.change { $0.insert(slot).inserted }
                        await Task.yield()
                        lent.change { _ = $0.remove(slot) }
                        return isMine
                    }
                    return answer?.result ?? false
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: true, count: 100))
        #expect(queue.waiting == 0)
    }

    @Test(arguments: [0, 1, 3])
    func aCallerBeyondTheLimitIsRefusedAsFull(limit: Int) async throws {
        let queue = SlotQueue(name: "detector", slots: [0], limit: limit)
        try await holding(queue) { release async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<limit {
                    group.addTask { _ = try await queue.withSlot { _ in } }
                    await until { queue.waiting == caller + 1 }
                }
                let refusal = await #expect(throws: QueueRefusal.self) { try await queue.withSlot { _ in } }
                #expect(refusal?.reason == .full)
                #expect(refusal?.queue == "detector")
                #expect((refusal?.retryAfter ?? .zero) >= .seconds(1))
                #expect(queue.waiting == limit)
                release()
                try await group.waitForAll()
            }
        }
    }

    @Test func aCancelledCallerLeavesTheLineAndNobodyGetsAForeignSlot() async throws {
        let queue = SlotQueue(name: "q", slots: [0], limit: 1)
        try await holding(queue) { release async throws in
            let cancelled = Task { try await queue.withSlot { _ in Issue.record("it was served") } }
            await until { queue.waiting == 1 }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(queue.waiting == 0)
            // Its place is free again, its leaving freed no slot: the next caller waits.
            let next = Task { try await queue.withSlot { _ in true }.result }
            await until { queue.waiting == 1 }
            release()
            #expect(try await next.value)
        }
    }

    @Test func aCallerCancelledBeforeItArrivesIsNotServed() async throws {
        let queue = SlotQueue(name: "q", slots: [0], limit: 0)
        let caller = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await queue.withSlot { _ in Issue.record("it was served") }
        }
        await #expect(throws: CancellationError.self) { try await caller.value }
        // The slot is still there.
        #expect(try await queue.withSlot { $0 }.result == 0)
    }

    @Test func aCallerWhoseDeadlinePassesInTheLineIsRefusedAndTheNextIsServed() async throws {
        let queue = SlotQueue(name: "q", slots: [0], limit: 2)
        let deadline = ContinuousClock.now + .milliseconds(200)
        try await holding(queue) { release async throws in
            let late = Task { try await queue.withSlot(deadline: deadline) { _ in Issue.record("served late") } }
            await until { queue.waiting == 1 || ContinuousClock.now > deadline }
            let patient = Task { try await queue.withSlot { _ in true }.result }
            await until { ContinuousClock.now > deadline && queue.waiting >= 1 }
            release()
            let refusal = await #expect(throws: QueueRefusal.self) { try await late.value }
            #expect(refusal?.reason == .late)
            #expect(try await patient.value)
        }
    }

    @Test func aDeadlineInThePastIsRefusedEvenWhenASlotIsFree() async throws {
        let queue = SlotQueue(name: "q", slots: [0], limit: 2)
        let past = ContinuousClock.now - .seconds(1)
        let refusal = await #expect(throws: QueueRefusal.self) {
            try await queue.withSlot(deadline: past) { _ in }
        }
        #expect(refusal?.reason == .late)
    }

    @Test func aCallerThatCannotBeServedBeforeItsDeadlineIsRefusedOnArrival() async throws {
        let queue = SlotQueue(name: "q", slots: [0], limit: 2)
        let held = Duration.milliseconds(100)
        // The queue learns how long a slot is held.
        _ = try await queue.withSlot { _ in
            let end = ContinuousClock.now + held
            await until { ContinuousClock.now > end }
        }
        try await holding(queue) { release async throws in
            let deadline = ContinuousClock.now + held / 2
            // Were it taken into the line it would wait for ever: the slot is held.
            let refusal = await #expect(throws: QueueRefusal.self) {
                try await queue.withSlot(deadline: deadline) { _ in }
            }
            #expect(refusal?.reason == .late)
            let patient = Task { try await queue.withSlot(deadline: .now + .seconds(3600)) { _ in true }.result }
            await until { queue.waiting == 1 }
            release()
            #expect(try await patient.value)
        }
    }

    @Test func theSlotComesBackWhenTheBodyThrows() async throws {
        struct Failure: Error {}
        let queue = SlotQueue(name: "q", slots: [7], limit: 0)
        for _ in 0..<3 {
            await #expect(throws: Failure.self) { try await queue.withSlot { _ in throw Failure() } }
        }
        #expect(try await queue.withSlot { $0 }.result == 7)
    }

    @Test func theTimeInTheLineIsReported() async throws {
        let queue = SlotQueue(name: "q", slots: [0], limit: 1)
        try await holding(queue) { release async throws in
            let caller = Task { try await queue.withSlot { _ in } }
            await until { queue.waiting == 1 }
            let start = ContinuousClock.now
            await until { ContinuousClock.now > start + .milliseconds(20) }
            release()
            #expect(try await caller.value.waited >= .milliseconds(20))
        }
    }

    /// Runs `body` while a caller holds one slot, until `body` calls `release` or returns.
    private func holding(
        _ queue: SlotQueue<Int>, _ body: (_ release: @Sendable () -> Void) async throws -> Void
    ) async throws {
        let (held, reached) = AsyncStream.makeStream(of: Void.self)
        let (end, release) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await queue.withSlot { _ in
                reached.finish()
                for await _ in end {}
            }
        }
        for await _ in held {}
        defer { release.finish() }
        try await body { release.finish() }
        release.finish()
        _ = try await holder.value
    }

    private func until(_ condition: () -> Bool) async {
        while !condition(), !Task.isCancelled { await Task.yield() }
    }
}

/// What several tasks write down.
private final class Noted<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        state.withLock { value in body(&value) }
    }
}
