import AIBoxAPI

/// Which SQL a database speaks, where the two differ.
public enum SQLDialect: String, Sendable, CaseIterable {
    case sqlite
    case postgres
}

/// How fresh a read must be.
public enum ReadConsistency: Sendable, Hashable {
    /// Sees every write that this process was told is stored, and what others have committed before the read began.
    case latest
    /// Sees every write of this process; those of others may be missing when they are younger than the bound. May be
    /// answered by a replica.
    case bounded(Duration)
}

/// A relational database. Two implementations: `SQLiteDatabase` and `PostgresDatabase`.
///
/// Writes are serial, in one process and among all that use the database: one that reads before it writes needs no lock
/// of its own. Several writes share one commit (`GroupCommit`).
public protocol SQLDatabase: Sendable {
    var dialect: SQLDialect { get }

    /// Runs `body` in a transaction that may write, and returns after its commit: what it wrote is then on the disk.
    /// When `body` throws, nothing of it is stored and the error goes to the caller.
    ///
    /// `body` runs on a thread of the database, in the company of other writes in order of arrival. It may be run again
    /// (after a conflict, or when the company failed), so it has no effect but on its session. A caller that is
    /// cancelled while it waits is still stored: the answer is lost, not the row.
    ///
    /// - Throws: what `body` throws, else `StorageError`.
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> Value) async throws -> Value

    /// Runs `body` on one snapshot of committed data. It may be run again (after a lost connection, or when a second
    /// statement shows that the first needed a transaction), so it has no effect but what it returns.
    ///
    /// - Throws: what `body` throws, else `StorageError`.
    func read<Value: Sendable>(
        _ consistency: ReadConsistency, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value

    /// Throws what a write would be refused with now because too many wait.
    func refuseIfBusy() throws(StorageError)

    /// What is wrong; `nil` while reads and writes succeed. A failure that is some seconds old is looked into again.
    func failure() async -> StorageError?

    /// Writes that wait for the next transaction.
    var waitingCount: Int { get }

    /// Removes what committed writes have overwritten from the journal, as far as the database lets it be removed.
    /// Returns `false` when that has to wait.
    func eraseJournal() async -> Bool

    /// Removes what committed writes have overwritten or deleted from the files of the database too, as far as the
    /// database lets it be removed. An embedded one is written anew: that takes as long as copying it and as much space
    /// again, and writes wait meanwhile. Returns `false` when that was not possible.
    func eraseFreed() async -> Bool

    /// Reads all there is and returns what is wrong, a line each, at most `limit`; empty: nothing.
    func check(limit: Int) async throws(StorageError) -> [String]

    /// Writes all that was committed before the call into the part of a backup, as of one moment; reads and writes go on
    /// meanwhile. It is synced and verified when this returns. For `backUp(to:as:_:)`, which has locked the part.
    ///
    /// - Parameter progress: called now and then on another thread, with the bytes done and, where it is known, in all.
    /// - Throws: `StorageError`, and `CancellationError` when the caller is cancelled.
    func writeContent(
        of file: BackupFile, _ progress: @escaping @Sendable (_ done: Int64, _ total: Int64?) -> Void
    ) async throws -> BackupContent

    /// Refuses further writes, commits those that wait, and lets go of files and connections. Later calls fail.
    func close() async
}

extension SQLDatabase {
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        try await read(.latest, body)
    }
}

/// Statements in one transaction or snapshot. Used on the thread it was given out on, until `body` returns.
///
/// `?` stands for an argument, in order; in PostgreSQL it becomes `$1`, `$2` … Statements are prepared once for a
/// connection and kept by their text: texts come from the program, never from a request.
public protocol SQLSession {
    var dialect: SQLDialect { get }

    /// Runs a statement whose result nobody asks for. On PostgreSQL it is sent with those that follow (pipeline mode): a
    /// failure may show only at the next call that needs a result, or at the commit.
    func execute(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError)

    /// Runs a statement and returns how many rows it has changed.
    func update(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) -> Int

    /// All rows of a result.
    func rows(_ sql: String, _ arguments: [any SQLConvertible]) throws(StorageError) -> [SQLRow]

    /// Adds many rows at once: COPY on PostgreSQL. One that breaks a constraint fails the whole.
    func copy(_ rows: [[SQLValue]], into table: String, columns: [String]) throws(StorageError)
}

extension SQLSession {
    public func execute(_ sql: String) throws(StorageError) { try execute(sql, []) }

    public func rows(_ sql: String) throws(StorageError) -> [SQLRow] { try rows(sql, []) }

    /// The first row of a result.
    public func row(_ sql: String, _ arguments: [any SQLConvertible] = []) throws(StorageError) -> SQLRow? {
        try rows(sql, arguments).first
    }

    /// The first column of the first row.
    public func value<Value: SQLConvertible>(
        _ sql: String, _ arguments: [any SQLConvertible] = [], as type: Value.Type = Value.self
    ) throws(StorageError) -> Value? {
        guard let value = try row(sql, arguments)?.values.first else { return nil }
        if case .null = value { return nil }
        guard let value = Value(sqlValue: value) else {
            throw StorageError(.damaged, "a column holds no \(Value.self)")
        }
        return value
    }

    /// The first column of all rows.
    public func values<Value: SQLConvertible>(
        _ sql: String, _ arguments: [any SQLConvertible] = [], as type: Value.Type = Value.self
    ) throws(StorageError) -> [Value] {
        try rows(sql, arguments).map { (row) throws(StorageError) in
            guard let value = row.values.first.flatMap(Value.init(sqlValue:)) else {
                throw StorageError(.damaged, "a column holds no \(Value.self)")
            }
            return value
        }
    }

    /// Whether there is any row.
    public func exists(_ sql: String, _ arguments: [any SQLConvertible] = []) throws(StorageError) -> Bool {
        try row(sql, arguments) != nil
    }
}
