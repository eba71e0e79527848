import AIBoxAPI
import Foundation
import GRDB

/// The database, `<data_dir>/aibox.sqlite` unless configured otherwise: opened, migrated, with one writer and several readers.
///
/// A returned write is on the disk: the journal is a WAL and `synchronous=FULL` makes each commit wait for its fsync.
final class SQLiteStore: Sendable {
    let writer: GroupCommitWriter
    let pool: DatabasePool
    private let lock: FolderLock
    /// Each waits for readers as long as `busyMode` says.
    private static let erasureAttempts = 3

    init(_ configuration: DataManager.Configuration) throws(DataManagerError) {
        lock = try FolderLock(folder: configuration.folder)
        let path = configuration.database ?? configuration.folder + "/aibox.sqlite"
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            // GRDB has just set NORMAL, which may lose the last commits on power failure.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Schema.migrate(pool)
            // What a deletion could not finish because the process ended.
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch let error as DataManagerError {
            throw error
        } catch {
            throw DataManagerError(opening: path, error)
        }
        writer = GroupCommitWriter(
            pool: pool, queueLimit: configuration.queueLimit, batchLimit: configuration.batchLimit)
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "aibox.store"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        // WAL gives each reader its own snapshot; four keep the page caches small on a small machine.
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        return configuration
    }

    /// A read of the last committed state, on a reader's own queue.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        do { return try await pool.read(body) } catch { throw Problem(error) }
    }

    /// Empties the journal, which has copies of what committed writes have overwritten. Returns `false` when readers did
    /// not let go of it in time: then the next checkpoint, at the latest that of closing or opening, will do it.
    ///
    /// A cancelled caller does not stop it.
    func eraseJournal() async -> Bool {
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

    /// Commits what waits, then closes the files. Later calls fail.
    func close() async {
        await writer.close()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [pool] in
                // The readers, which GRDB closes last, cannot move the WAL into the database. Should this fail, the
                // next start reads the WAL.
                try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
                try? pool.close()
                continuation.resume()
            }
        }
        lock.release()
    }
}

extension DataManagerError {
    init(opening path: String, _ error: any Error) {
        let code = (error as? DatabaseError)?.resultCode ?? .SQLITE_ERROR
        switch code {
        case .SQLITE_FULL:
            self.init(code: .full, message: "No space left for \(path)", remedy: "Free space on that disk")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                code: .damaged, message: "\(path) is damaged or no database (\(error))",
                remedy: "Restore a backup, or save what is left with `sqlite3 \(path) .recover` and move it away")
        default:
            self.init(
                code: .folder, message: "\(path) cannot be opened (\(error))",
                remedy: "See that the user who runs aibox may read and write the folder and its files")
        }
    }
}
