import AIBoxAPI
import Storage
import Synchronization

/// Tells readers of new events, in order and without a gap, from memory while they keep up.
///
/// One loop reads what is new: after a write of this process at once, and every second for what other processes have
/// written. However many readers wait, the database is asked once; while there are none, only for the end of the stream.
final class EventFeed: Sendable {
    /// Events that are kept in memory for readers that are not far behind.
    private static let recentLimit = 512
    /// For events of other processes, which send no signal.
    private static let pollInterval = Duration.seconds(1)
    /// Between two readings, so that a busy box reads at most 50 times a second.
    private static let pause = Duration.milliseconds(20)
    /// How long events are kept in memory for a reader that does not come again.
    private static let interest = Duration.seconds(5)

    private struct Waiter {
        let sequence: Int64
        let wake: Signal
    }

    private struct State {
        /// The end of the stream as far as it was read; `nil` before the first reading.
        var latest: Int64?
        /// The last events, up to `latest`.
        var recent: [Event] = []
        /// When a reader last asked for events.
        var asked: ContinuousClock.Instant?
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
    }

    private let database: any SQLDatabase
    private let state = Mutex(State())
    private let writes = Signal()

    init(_ database: any SQLDatabase) { self.database = database }

    /// Something was committed that may have been an event.
    func noteWrite() { writes.set() }

    /// Reads what is new until it is cancelled. A database that is away is asked again a second later.
    func run() async {
        while !Task.isCancelled {
            while (try? await readOn()) == true {}
            try? await Task.sleep(for: Self.pause)
            await writes.wait(within: Self.pollInterval)
        }
    }

    /// As `EventKeeping.events`. Without `run` events are found only when the time to wait is over.
    func events(_ query: EventQuery) async throws -> EventBatch {
        let deadline = ContinuousClock.now + .milliseconds(query.waitMS)
        var batch = try await batch(after: query.after, query)
        while batch.events.isEmpty, !batch.hasGap, ContinuousClock.now < deadline {
            await change(after: batch.next, within: deadline - .now)
            try Task.checkCancellation()
            batch = try await self.batch(after: batch.next, query)
        }
        return batch
    }

    /// Returns when there is an event after `sequence`, when the time is over, or when the caller is cancelled.
    func change(after sequence: Int64, within time: Duration) async {
        let wake = Signal()
        let waiter: UInt64? = state.withLock {
            if let latest = $0.latest, latest > sequence { return nil }
            $0.nextWaiter += 1
            $0.waiters[$0.nextWaiter] = Waiter(sequence: sequence, wake: wake)
            return $0.nextWaiter
        }
        guard let waiter else { return }
        await wake.wait(within: time)
        state.withLock { $0.waiters[waiter] = nil }
    }

    /// The end of the stream as far as it was read.
    var latest: Int64 { state.withLock { $0.latest } ?? 0 }

    private func batch(after: Int64?, _ query: EventQuery) async throws -> EventBatch {
        // Memory may lag behind by a moment; who does not wait is to see what was stored before the call.
        let known = query.waitMS > 0 ? recent(after: after, limit: query.limit) : nil
        var batch = if let known { known } else { try await stored(after: after, limit: query.limit) }
        if !query.types.isEmpty {
            let types = Set(query.types.map(\.rawValue))
            batch.events.removeAll { !types.contains($0.type) }
        }
        return batch
    }

    /// `nil`: not all of it is in memory.
    private func recent(after: Int64?, limit: Int) -> EventBatch? {
        state.withLock { state in
            state.asked = .now
            guard let after, let latest = state.latest, let first = state.recent.first?.sequence, after + 1 >= first,
                after < latest
            else { return nil }
            let events = Array(state.recent.dropFirst(Int(after + 1 - first)).prefix(limit))
            return EventBatch(events: events, next: events.last?.sequence ?? after)
        }
    }

    private func stored(after: Int64?, limit: Int) async throws -> EventBatch {
        try await database.read { try EventRows.batch(after: after, limit: limit, $0) }
    }

    /// Reads a piece and wakes who waits for it. Returns whether there may be more.
    private func readOn() async throws -> Bool {
        let limit = Self.recentLimit
        let (latest, asked) = state.withLock { ($0.latest, $0.asked) }
        guard let asked, .now - asked < Self.interest else {
            move(to: try await database.read(EventRows.last)) { _ in [] }
            return false
        }
        let batch = try await database.read { try EventRows.batch(after: latest, limit: limit, $0) }
        move(to: batch.next) { batch.hasGap ? batch.events : ($0 + batch.events).suffix(limit) }
        return batch.events.count == limit
    }

    /// - Parameter recent: the events to keep of those that were kept and what was read.
    private func move(to latest: Int64, keeping recent: ([Event]) -> [Event]) {
        let awake = state.withLock { state -> [Waiter] in
            state.recent = recent(state.recent)
            state.latest = latest
            let awake = state.waiters.filter { $0.value.sequence < latest }
            for key in awake.keys { state.waiters[key] = nil }
            return Array(awake.values)
        }
        for waiter in awake { waiter.wake.set() }
    }
}
