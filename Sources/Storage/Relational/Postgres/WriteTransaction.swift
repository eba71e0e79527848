/// One attempt to store writes: BEGIN, the lock, the writes and COMMIT in one pipeline.
struct WriteTransaction {
    enum End {
        /// Committed; what to call.
        case stored([@Sendable () -> Void])
        /// Nothing is stored: what was thrown, and the failure of the server or the connection behind it, if there is.
        case refused(any Error, cause: PostgresFailure?)
        /// COMMIT was sent and the connection broke before its answer. The number is `nil` when it broke before that
        /// was told.
        case unanswered(transaction: UInt64?, [@Sendable () -> Void])
    }

    /// One for all writers of a database: "aibox" in ASCII.
    private static let lock = "SELECT pg_advisory_xact_lock(\(0x61_69_62_6F_78))"

    private let connection: PostgresConnection
    private let position: PrimaryPosition?

    init(_ connection: PostgresConnection, _ position: PrimaryPosition?) {
        self.connection = connection
        self.position = position
    }

    func run(_ writes: ArraySlice<PostgresWriter.Write>) -> End {
        connection.beginTransaction()
        let session = PostgresSession(connection) { _, _ in true }
        var resumes: [@Sendable () -> Void] = []
        do {
            try connection.command("BEGIN")
            try connection.command(Self.lock)
            for write in writes { resumes.append(try write(session)) }
            if let failure = session.failure { throw failure }
        } catch {
            rollBack()
            let cause = session.failure ?? error as? PostgresFailure
            return .refused((error as? PostgresFailure)?.error ?? error, cause: cause)
        }
        return commit(resumes)
    }

    private func rollBack() {
        // A failure here breaks the connection, and with it the transaction.
        try? connection.synchronise()
        try? connection.command("ROLLBACK")
        try? connection.synchronise()
        if !connection.isLost { _ = try? connection.drain() }
    }

    private func commit(_ resumes: [@Sendable () -> Void]) -> End {
        var transaction: UInt64?
        var hasWritten = true
        var isCommitSent = false
        var tag = ""
        do throws(PostgresFailure) {
            try connection.command("SELECT pg_current_xact_id_if_assigned()") {
                transaction = $0.text(0, 0).flatMap { UInt64($0) }
                hasWritten = transaction != nil
            }
            // The number comes before COMMIT waits for the disk: without it nobody could ask what became of it.
            try connection.requestResults()
            isCommitSent = true
            try connection.command("COMMIT") { tag = $0.commandTag }
            try position?.request(on: connection)
            try connection.releaseUnusedStatements()
            try connection.synchronise()
            try connection.drain()
        } catch {
            if tag == "COMMIT" { return .stored(resumes) }
            // A statement that failed before keeps the server from running COMMIT.
            if let failure = connection.failure {
                rollBack()
                return .refused(failure.error, cause: failure)
            }
            guard isCommitSent else { return .refused(error.error, cause: error) }
            return hasWritten ? .unanswered(transaction: transaction, resumes) : .stored(resumes)
        }
        guard tag == "COMMIT" else {
            let error = StorageError(.statement, "a write ended its transaction itself")
            return .refused(error, cause: nil)
        }
        return .stored(resumes)
    }
}
