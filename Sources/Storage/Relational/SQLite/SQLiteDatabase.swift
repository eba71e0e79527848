import Dispatch
import GRDB
import Synchronization

/// The embedded database: one file, one writer, several readers.
///
/// A returned write is on the disk: the journal is a WAL and `synchronous=FULL` makes each commit wait for its fsync.
/// What the disk returns otherwise than it was written is an error, `.damaged`: each page has a checksum
/// (`PageChecksums`), and the journal is looked at before it is recovered (`JournalDamage`).
public final class SQLiteDatabase: SQLDatabase {
    public struct Configuration: Sendable {
        /// Made when absent; its folder must be there.
        public var path: String
        /// Writes that may wait for a transaction; one beyond it is refused as `.busy`.
        public var queueLimit = 4096
        /// Writes that share one transaction at most.
        public var batchLimit = 512
        /// Age from which on a failure is looked into again when it is asked for.
        public var failureTrust = Duration.seconds(5)

        public init(path: String) { self.path = path }
    }

    public let dialect = SQLDialect.sqlite
    public let path: String
    /// Whether each page has a checksum. `false` for a file of an earlier version that could not be written anew.
    public let hasPageChecksums: Bool
    let pool: DatabasePool
    private let writer: GroupCommit
    private let failureTrust: Duration
    private let metrics = RelationalMetrics()
    private let isClosed = Atomic(false)
    /// Each waits for readers as long as `busyMode` says.
    private static let erasureAttempts = 3

    /// Opens the file. Blocks; called before anything is served. A process opens a file once at a time.
    ///
    /// A file of an earlier version gets page checksums: it is written anew, which takes as long as copying it and as
    /// much space again twice.
    public init(_ configuration: Configuration) throws(StorageError) {
        path = configuration.path
        failureTrust = configuration.failureTrust
        try PageChecksums.register()
        try JournalDamage.keepJournal(of: path)
        do {
            try PageChecksums.add(path: path)
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            // GRDB has just set NORMAL, which may lose the last commits on power failure.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Self.finishErasure(pool)
            hasPageChecksums = try pool.writeWithoutTransaction { try PageChecksums.areKept($0) }
        } catch {
            throw StorageError(sqlite: error)
        }
        writer = GroupCommit(
            target: SQLiteCommits(pool: pool), queueLimit: configuration.queueLimit,
            batchLimit: configuration.batchLimit)
    }

    /// Does what an erasure could not finish because the process ended. Another process that has the file open will do it
    /// itself.
    private static func finishErasure(_ pool: DatabasePool) throws {
        do {
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch let error as DatabaseError {
            guard error.resultCode == .SQLITE_BUSY else { throw error }
        }
    }

    private static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = "aibox.store"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        // WAL gives each reader its own snapshot; four keep the page caches small on a small machine.
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            try PageChecksums.prepare(db)
            try db.execute(sql: "PRAGMA secure_delete = ON")
        }
        return configuration
    }

    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await writer.write(body)
    }

    /// A read of the last committed state, on a reader's own queue. There are no replicas: every read is the latest.
    public func read<Value: Sendable>(
        _ consistency: ReadConsistency, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try refuseIfClosed()
        let start = ContinuousClock.now
        defer { metrics.read(in: ContinuousClock.now - start) }
        do {
            return try await pool.read { try body(SQLiteSession($0)) }
        } catch let error as DatabaseError {
            throw StorageError(sqlite: error)
        }
    }

    public func refuseIfBusy() throws(StorageError) { try writer.refuseIfBusy() }

    public var waitingCount: Int { writer.waitingCount }

    /// Commits a write that changes nothing when the last failure is older than `failureTrust`: what is well again is
    /// known to be without waiting for something to store. It is a real write of one page, since SQLite does not touch
    /// the disk for an empty transaction.
    public func failure() async -> StorageError? {
        if let failure = writer.lastFailure, ContinuousClock.now - failure.at >= failureTrust {
            _ = try? await write { session in
                let version: Int = try session.value("PRAGMA user_version") ?? 0
                try session.execute("PRAGMA user_version = \(version)")
            }
        }
        if let failure = writer.lastFailure { return failure.error }
        if let kept = JournalDamage.keptJournals(of: path).first {
            return StorageError(.lost, Self.lossMessage(kept))
        }
        do {
            _ = try await read { try $0.rows("SELECT count(*) FROM sqlite_schema") }
            return nil
        } catch {
            return error as? StorageError ?? StorageError(.damaged, "\(error)")
        }
    }

    /// Empties the journal, which has copies of what committed writes have overwritten. Returns `false` when readers did
    /// not let go of it in time: then the next checkpoint, at the latest that of closing or opening, will do it.
    ///
    /// A cancelled caller does not stop it.
    public func eraseJournal() async -> Bool {
        guard !isClosed.load(ordering: .acquiring) else { return true }
        let erasure = Task { [pool] in
            for _ in 0..<Self.erasureAttempts {
                do {
                    try await pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
                    return true
                } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                    continue
                } catch {
                    return false
                }
            }
            return false
        }
        return await erasure.value
    }

    public func eraseFreed() async -> Bool {
        guard !isClosed.load(ordering: .acquiring) else { return false }
        let erasure = Task { [pool] in
            do {
                try await pool.writeWithoutTransaction { try $0.execute(sql: "VACUUM") }
                return true
            } catch {
                return false
            }
        }
        guard await erasure.value else { return false }
        return await eraseJournal()
    }

    private static func lossMessage(_ kept: String) -> String {
        "the journal was damaged and acknowledged writes are lost: what it had is in \(kept); move that file away when "
            + "they are stored again"
    }

    /// Every page in use, every index, every reference. Free pages hold nothing and are never read.
    public func check(limit: Int) async throws(StorageError) -> [String] {
        try refuseIfClosed()
        var notes = JournalDamage.keptJournals(of: path).map(Self.lossMessage)
        if !hasPageChecksums {
            notes.append("pages have no checksums: free space for the file twice more and start again, alone")
        }
        return try await Array((notes + faults(limit)).prefix(limit))
    }

    private func faults(_ limit: Int) async throws(StorageError) -> [String] {
        do {
            return try await pool.read { db in
                // From the disk, not from this connection's cache.
                db.releaseMemory()
                return try Self.faults(limit, db)
            }
        } catch {
            throw StorageError(sqlite: error)
        }
    }

    static func faults(_ limit: Int, _ db: Database) throws -> [String] {
        let lines = try String.fetchAll(db, sql: "PRAGMA integrity_check(\(limit))").filter { $0 != "ok" }
        let orphans = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").prefix(limit).map { row in
            "\(row["table"] as String? ?? "?"): row \(row["rowid"] as Int64? ?? 0) refers to nothing"
        }
        return lines + orphans
    }

    /// A closed connection of GRDB must not be asked anything.
    private func refuseIfClosed() throws(StorageError) {
        if isClosed.load(ordering: .acquiring) { throw StorageError(.closed, "the database is closed") }
    }

    public func close() async {
        await writer.close()
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [pool] in
                // The readers, which GRDB closes last, cannot move the WAL into the database. Should this fail, the
                // next start reads the WAL.
                try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
                try? pool.close()
                continuation.resume()
            }
        }
    }
}
