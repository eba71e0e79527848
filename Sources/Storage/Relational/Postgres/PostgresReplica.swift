import Dispatch
import Synchronization

/// A streaming replica, read from while it has replayed enough; one that is away or behind is left alone for a while.
final class PostgresReplica: Sendable {
    /// How long one that is behind is not asked.
    private static let pauseBehind = Duration.milliseconds(100)
    /// After how long one that is away is looked for, apart from any read.
    private static let pauseAway = Duration.seconds(1)

    private struct State {
        var isAway = false
        var pausedUntil = ContinuousClock.now
        var isClosed = false
    }

    private let readers: PostgresReaders
    private let state = Mutex(State())

    init(_ readers: PostgresReaders) { self.readers = readers }

    var isUsable: Bool { state.withLock { !$0.isAway && !$0.isClosed && $0.pausedUntil <= .now } }

    /// Runs `body` if this replica has replayed `minimum`.
    ///
    /// - Returns: `nil` when another server has to answer.
    /// - Throws: what `body` throws.
    func read<Value: Sendable>(
        minimum: Int64, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value? {
        do {
            let value = try await readers.read(minimum: minimum, body)
            PostgresMetrics.replicaReads.increment()
            return value
        } catch let failure as PostgresFailure {
            note(failure)
            return nil
        }
    }

    func close() async {
        state.withLock { $0.isClosed = true }
        await readers.close()
    }

    private func note(_ failure: PostgresFailure) {
        if failure.isBehind {
            state.withLock { $0.pausedUntil = .now + Self.pauseBehind }
        } else if failure.isLost {
            let isNews = state.withLock { state in
                defer { state.isAway = true }
                return !state.isAway
            }
            if isNews { lookLater() }
        }
    }

    private func lookLater() {
        let pause = DispatchTimeInterval.milliseconds(Self.pauseAway.milliseconds)
        DispatchQueue.global().asyncAfter(deadline: .now() + pause) { [weak self] in
            guard let self, !self.state.withLock(\.isClosed) else { return }
            readers.probe { isReachable in
                if isReachable { self.state.withLock { $0.isAway = false } } else { self.lookLater() }
            }
        }
    }
}
