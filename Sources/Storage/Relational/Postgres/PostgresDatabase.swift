import AIBoxAPI
import Synchronization

/// The relational store in PostgreSQL (13 or later), through libpq.
///
/// One connection writes: concurrent writes share its transactions (`GroupCommit`), and an advisory lock makes those of
/// all processes serial. Others read, each read on a snapshot of its own. With replicas configured, reads that need not
/// be fresh go to one that has replayed what this process has written and what the primary had when the bound began.
public final class PostgresDatabase: SQLDatabase {
    public struct Configuration: Sendable {
        /// A libpq connection string: `postgres://user@host1:5432,host2:5432/db?target_session_attrs=read-write&
        /// sslmode=verify-full&sslrootcert=…`. Without `sslmode` libpq takes TLS if it is offered and does not verify
        /// the server; what is said here is never weakened.
        public var url: String
        /// Connection strings of streaming replicas of the same server.
        public var replicas: [String] = []
        /// Connections that read from the primary, and as many from each replica.
        public var readConnections = 4
        /// Reads that may wait for a connection.
        public var readQueueLimit = 1024
        /// How long a read may wait for a connection.
        public var readWaitLimit = Duration.seconds(5)
        /// Writes that may wait for a transaction.
        public var writeQueueLimit = 4096
        /// Writes that share one transaction.
        public var batchLimit = 512
        /// For signing in to one host.
        public var connectTimeout = Duration.seconds(5)
        /// How long a write waits for a server that is away, and opening for one that starts.
        public var reconnectTimeout = Duration.seconds(15)
        /// For one statement.
        public var statementTimeout = Duration.seconds(30)
        /// For one lock, that of the writers among them.
        public var lockTimeout = Duration.seconds(15)
        /// Prepared statements that a connection keeps.
        public var statementLimit = 256
        /// Tables that are partitioned by month, see `ensurePartitions`.
        public var partitionedTables = ["detections"]

        public init(url: String) { self.url = url }
    }

    /// How long a failed commit counts as the present state.
    private static let failureAge = Duration.seconds(5)

    public let dialect = SQLDialect.postgres
    /// Of the primary; may hold a password.
    let url: String
    private let writer: PostgresWriter
    private let commits: GroupCommit
    private let primary: PostgresReaders
    private let replicas: [PostgresReplica]
    private let position: PrimaryPosition?
    private let nextReplica = Atomic<Int>(0)
    private let metrics = RelationalMetrics()

    private init(_ configuration: Configuration) throws(StorageError) {
        let options = try Self.options(configuration, url: configuration.url)
        url = configuration.url
        position = configuration.replicas.isEmpty ? nil : PrimaryPosition()
        writer = PostgresWriter(
            options: options, reconnectTimeout: configuration.reconnectTimeout, position: position)
        commits = GroupCommit(
            target: writer, queueLimit: configuration.writeQueueLimit, batchLimit: configuration.batchLimit)
        let replicaOptions = try configuration.replicas.map { url throws(StorageError) in
            try Self.options(configuration, url: url)
        }
        primary = Self.readers("primary", options, configuration)
        replicas = replicaOptions.enumerated().map {
            PostgresReplica(Self.readers("replica-\($0)", $1, configuration))
        }
    }

    /// Signs in, and makes the partitions of this and the next two months for the tables that are there.
    ///
    /// - Throws: `.invalid` for a URL that is none; `.unavailable` when the server is away, `.denied` when it or its
    ///   certificate is refused, `.notFound` when there is no such database. A server that starts is waited for.
    public static func open(_ configuration: Configuration) async throws(StorageError) -> PostgresDatabase {
        let database = try PostgresDatabase(configuration)
        do throws(StorageError) {
            try await database.writer.open()
            for table in configuration.partitionedTables { try await database.ensurePartitions(of: table) }
        } catch {
            await database.close()
            throw error
        }
        return database
    }

    static func options(
        _ configuration: Configuration, url: String
    ) throws(StorageError) -> PostgresConnection.Options {
        let target = try PostgresTarget(
            url, statementTimeout: configuration.statementTimeout, lockTimeout: configuration.lockTimeout)
        return PostgresConnection.Options(
            target: target, connectTimeout: configuration.connectTimeout,
            patience: configuration.statementTimeout + .seconds(10), statementLimit: configuration.statementLimit)
    }

    private static func readers(
        _ name: String, _ options: PostgresConnection.Options, _ configuration: Configuration
    ) -> PostgresReaders {
        var options = options
        options.isReadOnly = true
        return PostgresReaders(
            name: name, options: options, count: configuration.readConnections,
            queueLimit: configuration.readQueueLimit, waitLimit: configuration.readWaitLimit)
    }

    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await commits.write(body)
    }

    public func read<Value: Sendable>(
        _ consistency: ReadConsistency, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        defer { metrics.read(in: ContinuousClock.now - start) }
        if case .bounded(let bound) = consistency, let value = try await readFromReplica(bound, body) { return value }
        return try await readFromPrimary(body)
    }

    private func readFromPrimary<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        do { return try await primary.read(body) } catch let failure as PostgresFailure { throw failure.error }
    }

    /// `nil` when no replica may answer.
    private func readFromReplica<Value: Sendable>(
        _ bound: Duration, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value? {
        let usable = replicas.filter(\.isUsable)
        guard let position, !usable.isEmpty else { return nil }
        guard let minimum = try await minimum(within: bound, position) else { return nil }
        let number = nextReplica.wrappingAdd(1, ordering: .relaxed).newValue
        return try await usable[abs(number % usable.count)].read(minimum: minimum, body)
    }

    /// What a replica must have replayed; asks the primary when nobody has within the bound.
    private func minimum(within bound: Duration, _ position: PrimaryPosition) async throws -> Int64? {
        if let needed = position.needed(within: bound) { return needed }
        let moment = ContinuousClock.now
        guard let flushed: Int64 = try await readFromPrimary({ try $0.value(PrimaryPosition.query) }) else {
            return nil
        }
        position.note(flushed, at: moment)
        return position.needed(within: bound)
    }

    /// Makes the partitions of `table` for the month of `moment` and those after it, unless they are there. Nothing is
    /// done for a table that is absent or not partitioned.
    ///
    /// The table is partitioned BY RANGE of a UUIDv7. A row for a month without a partition brings that about itself.
    ///
    /// - Parameters:
    ///   - months: how many.
    public func ensurePartitions(
        of table: String, months: Int = 3, from moment: Timestamp = .now
    ) async throws(StorageError) {
        let first = MonthlyPartition(of: table, milliseconds: moment.milliseconds)
        let wanted = Array(sequence(first: first) { $0?.next }.prefix(max(0, months))).compactMap(\.self)
        do {
            try await write { session in
                let kind: String? = try session.value(
                    "SELECT relkind::text FROM pg_class WHERE oid = to_regclass(?::text)", [table.quotedIdentifier])
                guard kind == "p" else { return }
                for month in wanted { try session.execute(month.statement) }
            }
        } catch {
            throw error as? StorageError ?? StorageError(.statement, "\(error)")
        }
    }

    public func refuseIfBusy() throws(StorageError) { try commits.refuseIfBusy() }

    public func failure() async -> StorageError? {
        do {
            if let last = commits.lastFailure {
                if ContinuousClock.now - last.at < Self.failureAge { return last.error }
                // An empty transaction tells whether it is over.
                try await write { _ in }
            }
            _ = try await read { try $0.rows("SELECT 1") }
            return nil
        } catch {
            return error as? StorageError ?? StorageError(.unavailable, "\(error)")
        }
    }

    public var waitingCount: Int { commits.waitingCount }

    public func close() async {
        await commits.close()
        await writer.close()
        await primary.close()
        for replica in replicas { await replica.close() }
    }
}
