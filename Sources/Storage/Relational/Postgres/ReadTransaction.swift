/// One read on one snapshot.
///
/// A single statement is a snapshot by itself and is sent without BEGIN and COMMIT, which would double the server's
/// work. Whether others follow shows only when they do: then the read is run again in a transaction, and its first
/// statement is remembered as one that begins such reads. BEGIN goes with the first statement, and COMMIT is not waited
/// for. Reads of several statements search, and are planned for their arguments where the server finds that better.
struct ReadTransaction {
    /// How a read ended.
    enum End<Value> {
        case answered(Result<Value, any Error>)
        /// The connection or the snapshot failed, not the read; it may succeed when it is run again.
        case failed(PostgresFailure)
    }

    /// Bytes of the log that a replica has replayed; NULL on a primary.
    private static let replayed = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint"

    private let connection: PostgresConnection
    private let minimum: Int64?
    private let longReads: LongReads

    /// - Parameter minimum: what a replica must have replayed.
    init(_ connection: PostgresConnection, minimum: Int64?, _ longReads: LongReads) {
        self.connection = connection
        self.minimum = minimum
        self.longReads = longReads
    }

    func run<Value>(_ body: (any SQLSession) throws -> Value) -> End<Value> {
        connection.beginTransaction()
        let session = PostgresSession(connection) { connection, first throws(PostgresFailure) in
            try begin(connection, first)
        }
        let outcome = Result {
            let value = try body(session)
            try session.settle()
            return value
        }
        if session.isInTransaction { end(hasFailed: session.failure != nil) }
        // A statement that was refused before it was sent, by its arguments or while it was prepared.
        if session.owesSynchronisation { synchronise() }
        guard let failure = session.failure else { return .answered(outcome) }
        if let statement = failure.hastyStatement { longReads.note(statement) }
        if failure.isLost || failure.isBehind || failure.hastyStatement != nil || failure.isSerialization
            || failure.isStalePlan
        {
            return .failed(failure)
        }
        // When `body` has swallowed it, the rest of what it saw is missing all the same.
        if case .success = outcome { return .answered(.failure(failure.error)) }
        return .answered(outcome)
    }

    /// `false`: the first statement is taken for the only one.
    private func begin(_ connection: PostgresConnection, _ first: String) throws(PostgresFailure) -> Bool {
        guard minimum != nil || longReads.contains(first) else { return false }
        if let minimum {
            // Asked before the snapshot is taken, which then shows no less.
            try connection.command(Self.replayed) { result throws(PostgresFailure) in
                guard let replayed = result.text(0, 0).flatMap({ Int64($0) }), replayed >= minimum else {
                    throw .behind
                }
            }
            try connection.synchronise()
        }
        try connection.command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try connection.command("SET LOCAL plan_cache_mode = auto")
        return true
    }

    private func synchronise() {
        guard !connection.isLost else { return }
        // A failure marks the connection as lost, and the answer is there.
        try? connection.synchronise()
        try? connection.flush()
    }

    /// Sends the end; its results are read by whoever uses the connection next.
    private func end(hasFailed: Bool) {
        guard !connection.isLost else { return }
        do throws(PostgresFailure) {
            if hasFailed { try connection.synchronise() }
            try connection.command(hasFailed ? "ROLLBACK" : "COMMIT")
            try connection.releaseUnusedStatements()
            try connection.synchronise()
            try connection.flush()
        } catch {
            // The connection is marked as lost, and the answer is there.
        }
    }
}
