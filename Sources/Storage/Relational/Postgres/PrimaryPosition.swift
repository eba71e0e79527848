import Synchronization

/// How far the primary's log was when: what a replica must have replayed to be fresh enough.
///
/// A position is a byte of the write-ahead log (LSN). A replica that has replayed the position which the primary had at a
/// moment lacks nothing that was committed before that moment. No clock of another machine is needed.
final class PrimaryPosition: Sendable {
    /// Bytes of the log that are on the primary's disk.
    static let query = "SELECT pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint"

    private struct Sample {
        let moment: ContinuousClock.Instant
        let position: Int64
    }

    private struct State {
        /// Behind the last commit of this process.
        var own: Int64 = 0
        /// Oldest first.
        var samples: [Sample] = []
    }

    private static let sampleLimit = 128
    private static let shortestInterval = Duration.milliseconds(10)

    private let state = Mutex(State())

    /// Asks for the position behind a COMMIT that has just been sent.
    func request(on connection: PostgresConnection) throws(PostgresFailure) {
        let moment = ContinuousClock.now
        try connection.command(Self.query) { [self] in
            if let position = $0.text(0, 0).flatMap({ Int64($0) }) { note(position, at: moment, isOwn: true) }
        }
    }

    /// - Parameter moment: before the primary was asked.
    func note(_ position: Int64, at moment: ContinuousClock.Instant, isOwn: Bool = false) {
        state.withLock { state in
            if isOwn { state.own = max(state.own, position) }
            if let last = state.samples.last, moment < last.moment + Self.shortestInterval { return }
            state.samples.append(Sample(moment: moment, position: position))
            if state.samples.count > Self.sampleLimit { state.samples.removeFirst() }
        }
    }

    /// What a replica must have replayed to lack nothing older than `bound` and nothing of this process; `nil` when the
    /// primary has not been asked for so long.
    func needed(within bound: Duration) -> Int64? {
        let oldest = ContinuousClock.now - bound
        return state.withLock { state in
            state.samples.first { $0.moment >= oldest }.map { max($0.position, state.own) }
        }
    }
}
