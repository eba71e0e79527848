import Synchronization

/// Lets calls for one key that come while one is under way wait for its outcome instead of doing the same (as Go's
/// golang.org/x/sync/singleflight). If the one that works is cancelled, one of those who wait takes over.
final class SingleFlight<Key: Hashable & Sendable>: Sendable {
    private enum Outcome: Sendable {
        case finished(Result<[UInt8], any Error>)
        /// The one that worked was cancelled.
        case abandoned
        /// The one that waits was cancelled.
        case cancelled
    }

    private typealias Waiter = CheckedContinuation<Outcome, Never>

    private struct Flight {
        var waiters: [Int: Waiter] = [:]
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        var lastTicket = 0
    }

    private let state = Mutex(State())

    /// - Returns: the outcome, and whether another call worked for it.
    func run(
        _ key: Key, _ work: () async throws -> [UInt8]
    ) async throws -> (value: [UInt8], isShared: Bool) {
        while true {
            try Task.checkCancellation()
            guard let ticket = board(key) else { return (try await lead(key, work), false) }
            switch await wait(key, ticket) {
            case .finished(let result): return (try result.get(), true)
            case .cancelled: throw CancellationError()
            case .abandoned: continue
            }
        }
    }

    /// Keys under way.
    var count: Int { state.withLock { $0.flights.count } }

    /// Those who wait for `key`.
    func waiting(for key: Key) -> Int { state.withLock { $0.flights[key]?.waiters.count ?? 0 } }

    /// A ticket for the flight under way; `nil` when there was none, which the caller now is.
    private func board(_ key: Key) -> Int? {
        state.withLock { state in
            guard state.flights[key] != nil else {
                state.flights[key] = Flight()
                return nil
            }
            state.lastTicket += 1
            return state.lastTicket
        }
    }

    private func lead(_ key: Key, _ work: () async throws -> [UInt8]) async throws -> [UInt8] {
        let result: Result<[UInt8], any Error>
        do {
            result = .success(try await work())
        } catch {
            result = .failure(error)
        }
        var outcome = Outcome.finished(result)
        if Task.isCancelled, case .failure = result { outcome = .abandoned }
        let flight = state.withLock { $0.flights.removeValue(forKey: key) }
        for waiter in flight?.waiters.values ?? [:].values { waiter.resume(returning: outcome) }
        return try result.get()
    }

    private func wait(_ key: Key, _ ticket: Int) async -> Outcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let missed: Outcome? = state.withLock { state in
                    // Landed since the ticket was drawn: the next round finds the outcome kept, or leads.
                    guard state.flights[key] != nil else { return .abandoned }
                    guard !Task.isCancelled else { return .cancelled }
                    state.flights[key]?.waiters[ticket] = waiter
                    return nil
                }
                if let missed { waiter.resume(returning: missed) }
            }
        } onCancel: {
            state.withLock { $0.flights[key]?.waiters.removeValue(forKey: ticket) }?.resume(returning: .cancelled)
        }
    }
}
