import DequeModule
import Metrics
import Synchronization

/// A bounded waiting line in front of a fixed number of slots: the admission control of the box.
///
/// Whoever gets a slot owns it until it is given back. Callers wait in order of arrival; a caller whose task is
/// cancelled leaves the line at once, one whose deadline has passed is refused instead of served late, and one
/// that cannot be served before its deadline by the present rate is refused on arrival.
public final class SlotQueue<Slot: Sendable>: Sendable {
    private let state: Mutex<State>
    private let clock = ContinuousClock()
    private let depth: Gauge
    public let name: String

    /// - Parameters:
    ///   - name: what the queue is in front of, for messages and metrics.
    ///   - slots: at least one.
    ///   - limit: how many callers may wait; one more is refused.
    public init(name: String, slots: [Slot], limit: Int) {
        self.name = name
        depth = Gauge(label: "aibox_queue_waiting", dimensions: [("queue", name)])
        state = Mutex(State(free: slots, slotCount: slots.count, limit: limit))
    }

    /// Runs `body` with a slot of its own.
    /// - Parameter deadline: `nil` waits as long as it takes.
    /// - Returns: what `body` returned and how long the caller waited for the slot.
    /// - Throws: `QueueRefusal`, `CancellationError`, or what `body` throws.
    public func withSlot<Result: Sendable>(
        deadline: ContinuousClock.Instant? = nil,
        _ body: (Slot) async throws -> Result
    ) async throws -> (result: Result, waited: Duration) {
        let arrived = clock.now
        let slot = try await acquire(deadline: deadline, arrived: arrived)
        let started = clock.now
        // A visit whose caller has gone says nothing about how long a slot is held.
        guard !Task.isCancelled else {
            release(slot, held: nil)
            throw CancellationError()
        }
        defer { release(slot, held: clock.now - started) }
        return (try await body(slot), started - arrived)
    }

    /// Callers that wait now.
    public var waiting: Int { state.withLock { $0.line.count } }

    private func acquire(deadline: ContinuousClock.Instant?, arrived: ContinuousClock.Instant) async throws -> Slot {
        let waiter = Waiter(deadline: deadline)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer = state.withLock { state in
                    defer { depth.record(state.line.count) }
                    return state.arrive(waiter, continuation, now: arrived, queue: name)
                }
                answer?.perform()
            }
        } onCancel: {
            state.withLock { $0.leave(waiter) }?.perform()
        }
    }

    private func release(_ slot: Slot, held: Duration?) {
        let answers = state.withLock { state in
            defer { depth.record(state.line.count) }
            return state.release(slot, held: held, now: clock.now, queue: name)
        }
        for answer in answers { answer.perform() }
    }
}

/// Why a queue did not take a caller.
public struct QueueRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable { case full, late }

    public let reason: Reason
    public let queue: String
    /// When it is worth trying again.
    public let retryAfter: Duration

    public var description: String {
        switch reason {
        case .full: "the queue of \(queue) is full"
        case .late: "the queue of \(queue) cannot answer before the deadline"
        }
    }
}

extension SlotQueue {
    private typealias Continuation = CheckedContinuation<Slot, any Error>

    private final class Waiter: @unchecked Sendable {  // safe: its variables are touched under the queue's lock only
        let deadline: ContinuousClock.Instant?
        var continuation: Continuation?
        /// The cancellation handler may run before the continuation exists.
        var isCancelled = false

        init(deadline: ContinuousClock.Instant?) { self.deadline = deadline }
    }

    /// What to do with a waiter once the lock is released: continuations are never resumed under it.
    private struct Answer {
        let continuation: Continuation
        let result: Swift.Result<Slot, any Error>

        func perform() { continuation.resume(with: result) }
    }

    private struct State {
        var free: [Slot]
        let slotCount: Int
        let limit: Int
        var line: Deque<Waiter> = []
        /// Moving average of how long a slot is held.
        var service: Duration = .zero

        mutating func arrive(
            _ waiter: Waiter, _ continuation: Continuation, now: ContinuousClock.Instant, queue: String
        ) -> Answer? {
            if waiter.isCancelled { return Answer(continuation: continuation, result: .failure(CancellationError())) }
            if let deadline = waiter.deadline, now >= deadline {
                return Answer(continuation: continuation, result: .failure(refusal(.late, queue)))
            }
            if let slot = free.popLast() { return Answer(continuation: continuation, result: .success(slot)) }
            guard line.count < limit else {
                return Answer(continuation: continuation, result: .failure(refusal(.full, queue)))
            }
            if let deadline = waiter.deadline, now + expectedWait > deadline {
                return Answer(continuation: continuation, result: .failure(refusal(.late, queue)))
            }
            waiter.continuation = continuation
            line.append(waiter)
            return nil
        }

        mutating func leave(_ waiter: Waiter) -> Answer? {
            waiter.isCancelled = true
            guard let continuation = waiter.continuation, let index = line.firstIndex(where: { $0 === waiter }) else {
                return nil
            }
            line.remove(at: index)
            return Answer(continuation: continuation, result: .failure(CancellationError()))
        }

        mutating func release(_ slot: Slot, held: Duration?, now: ContinuousClock.Instant, queue: String) -> [Answer] {
            if let held { service = service == .zero ? held : (service * 7 + held) / 8 }
            var answers: [Answer] = []
            while let waiter = line.popFirst() {
                guard let continuation = waiter.continuation else { continue }
                guard waiter.deadline.map({ now <= $0 }) ?? true else {
                    answers.append(Answer(continuation: continuation, result: .failure(refusal(.late, queue))))
                    continue
                }
                answers.append(Answer(continuation: continuation, result: .success(slot)))
                return answers
            }
            free.append(slot)
            return answers
        }

        private var expectedWait: Duration { service * (line.count + 1) / slotCount }

        private func refusal(_ reason: QueueRefusal.Reason, _ queue: String) -> QueueRefusal {
            QueueRefusal(reason: reason, queue: queue, retryAfter: max(.seconds(1), expectedWait))
        }
    }
}
