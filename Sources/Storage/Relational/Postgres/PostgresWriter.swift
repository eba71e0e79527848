import Dispatch
import Synchronization

/// The writing connection: runs batches of writes, each in one transaction, and finds out what became of one whose
/// commit was not answered.
///
/// Every transaction begins with an advisory lock, so that the writes of all processes on a database are serial.
final class PostgresWriter: CommitTarget {
    typealias Write = @Sendable (any SQLSession) throws -> @Sendable () -> Void
    typealias Outcome = Result<@Sendable () -> Void, any Error>

    private let queue = DispatchQueue(label: "aibox.postgres.writer")
    private let options: PostgresConnection.Options
    private let position: PrimaryPosition?
    /// How long a batch may take to find a connection.
    private let reconnectTimeout: Duration
    private let link = Mutex<PostgresLink?>(nil)

    /// - Parameter position: told of what is committed; `nil` when no replica is read from.
    init(options: PostgresConnection.Options, reconnectTimeout: Duration, position: PrimaryPosition?) {
        self.options = options
        self.reconnectTimeout = reconnectTimeout
        self.position = position
    }

    func schedule(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }

    /// Connects; waits while the server starts.
    func open() async throws(StorageError) {
        let outcome = await withCheckedContinuation { continuation in
            schedule {
                let outcome = self.link.withLock { link in
                    Result { () throws(PostgresFailure) in
                        link = try PostgresLink.open(
                            self.options, until: .now + self.reconnectTimeout, whileAway: false)
                    }
                }
                continuation.resume(returning: outcome.mapError(\.error))
            }
        }
        try outcome.get()
    }

    func close() async {
        await withCheckedContinuation { continuation in
            schedule {
                self.link.withLock { $0 = nil }
                continuation.resume()
            }
        }
    }

    func commit(_ writes: [Write]) throws(StorageError) -> [Outcome] {
        let outcomes = link.withLock { link in
            var batch = WriteBatch(
                link: link, options: options, position: position, deadline: .now + reconnectTimeout)
            let outcomes = batch.store(writes[...])
            link = batch.link
            return outcomes
        }
        if let error = Self.commonFailure(of: outcomes) { throw error }
        return outcomes
    }

    /// The failure of the database that kept every one from being stored.
    private static func commonFailure(of outcomes: [Outcome]) -> StorageError? {
        var common: StorageError?
        for outcome in outcomes {
            guard case .failure(let error as StorageError) = outcome, error.code.isOfDatabase else { return nil }
            common = common ?? error
        }
        return common
    }
}

extension PostgresFailure {
    /// Whether the connection or the database failed rather than one write.
    var isOfDatabase: Bool { isLost || error.code.isOfDatabase }
}

extension StorageError.Code {
    fileprivate var isOfDatabase: Bool {
        switch self {
        case .full, .damaged, .lost, .unavailable, .outcomeUnknown, .busy, .inputOutput: true
        case .conflict, .invalid, .tooLarge, .closed, .timeout, .denied, .statement, .newer, .notFound: false
        }
    }
}
