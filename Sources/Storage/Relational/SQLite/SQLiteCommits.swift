import GRDB

/// Commits on GRDB's writer queue, a thread of its own, each write under a savepoint.
struct SQLiteCommits: CommitTarget {
    let pool: DatabasePool

    func schedule(_ work: @escaping @Sendable () -> Void) {
        pool.asyncWriteWithoutTransaction { _ in work() }
    }

    func commit(
        _ writes: [@Sendable (any SQLSession) throws -> @Sendable () -> Void]
    ) throws(StorageError) -> [Result<@Sendable () -> Void, any Error>] {
        var results: [Result<@Sendable () -> Void, any Error>] = []
        results.reserveCapacity(writes.count)
        do {
            // On the queue that it would wait for: GRDB lets a write enter itself.
            try pool.unsafeReentrantWrite { db in
                try db.inTransaction(.immediate) {
                    for write in writes { results.append(try apply(write, db)) }
                    return .commit
                }
            }
        } catch {
            throw StorageError(sqlite: error)
        }
        return results
    }

    private func apply(
        _ write: @Sendable (any SQLSession) throws -> @Sendable () -> Void, _ db: Database
    ) throws -> Result<@Sendable () -> Void, any Error> {
        var finish: @Sendable () -> Void = {}
        do {
            try db.inSavepoint {
                finish = try write(SQLiteSession(db))
                return .commit
            }
            return .success(finish)
        } catch {
            guard Self.failsAlone(error) else { throw error }
            return .failure(error)
        }
    }

    /// Whether `error` speaks of this write and not of the database: SQLite rolls whole transactions back after a
    /// full disk, an I/O error or lack of memory (https://www.sqlite.org/lang_transaction.html, section 3.2).
    private static func failsAlone(_ error: any Error) -> Bool {
        switch error {
        case let error as StorageError: [.conflict, .tooLarge, .invalid, .statement].contains(error.code)
        case is DatabaseError: false
        default: true
        }
    }
}
