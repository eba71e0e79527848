import Foundation
import GRDB

/// Copies of an SQLite file in use, and how they are verified. All calls block.
///
/// The copy is made page by page from one snapshot, by connections that know the checksums of the pages: the `sqlite3`
/// of the shell writes pages without right ones (decision 0022). Until it is done the journal is not emptied.
enum SQLiteBackup {
    private static let pagesPerStep: CInt = 256
    private static let findingLimit = 10
    /// Bytes that are left free for the database itself.
    private static let spareBytes = 32 << 20

    /// Copies the database at `path` into the empty file `copy`, synced, and returns how many rows each table has.
    ///
    /// - Parameter progress: called after each step with the bytes done and in all; what it throws ends the copying.
    /// - Throws: `StorageError`, `.full` also before it begins when there is too little space.
    static func write(
        from path: String, to copy: String, _ progress: (_ done: Int64, _ total: Int64) throws -> Void
    ) throws -> [String: Int] {
        do {
            let source = try open(path, isReadOnly: true)
            defer { try? source.close() }
            return try source.read { db in
                // The first statement takes the snapshot that all is copied from.
                let pages = try Int64.fetchOne(db, sql: "SELECT page_count FROM pragma_page_count") ?? 0
                let pageSize = try Int64.fetchOne(db, sql: "SELECT page_size FROM pragma_page_size") ?? 0
                try requireSpace(pages * pageSize, for: copy)
                let rows = try counts(db)
                let target = try open(copy, isReadOnly: false, hasChecksums: PageChecksums.areKept(db))
                try target.writeWithoutTransaction { copy in
                    try prepare(copy, pageSize: pageSize)
                    try withoutActuallyEscaping(progress) { progress in
                        try db.backup(to: copy, pagesPerStep: pagesPerStep) { step in
                            try progress(
                                Int64(step.completedPageCount) * pageSize, Int64(step.totalPageCount) * pageSize)
                        }
                    }
                    // One file that needs no other: a reader of it makes none.
                    _ = try String.fetchOne(copy, sql: "PRAGMA journal_mode = DELETE")
                }
                try target.close()
                try DurableFile(copy, O_RDWR).sync()
                return rows
            }
        } catch let error as DatabaseError {
            throw StorageError(sqlite: error)
        }
    }

    /// Reads all pages in use, all indexes and references.
    ///
    /// - Throws: `.damaged` when something is wrong, or a table has another number of rows.
    static func verify(_ path: String, rows: [String: Int]?) throws {
        do {
            let queue = try open(path, isReadOnly: true)
            defer { try? queue.close() }
            let findings = try queue.read { db in
                var findings = try SQLiteDatabase.faults(findingLimit, db)
                if let rows, findings.isEmpty, try counts(db) != rows {
                    findings.append("a table has another number of rows than the database had")
                }
                return findings
            }
            if !findings.isEmpty {
                throw StorageError(.damaged, "\(path) is damaged: \(findings.joined(separator: "; "))")
            }
        } catch let error as DatabaseError {
            throw StorageError(sqlite: error)
        }
    }

    private static func open(_ path: String, isReadOnly: Bool, hasChecksums: Bool = true) throws -> DatabaseQueue {
        try PageChecksums.register()
        var configuration = GRDB.Configuration()
        configuration.label = "aibox.backup"
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(5)
        if hasChecksums { configuration.prepareDatabase { try PageChecksums.prepare($0) } }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Gives the copy its first page. Only from that one on the connection writes checksums, and the copying may write
    /// other pages before it. Nothing has to survive a failure: a part is thrown away then.
    private static func prepare(_ copy: Database, pageSize: Int64) throws {
        try copy.execute(sql: "PRAGMA page_size = \(pageSize)")
        _ = try String.fetchOne(copy, sql: "PRAGMA journal_mode = OFF")
        try copy.execute(sql: "PRAGMA synchronous = OFF; CREATE TABLE copied (a); DROP TABLE copied")
    }

    private static func counts(_ db: Database) throws -> [String: Int] {
        let select = """
            SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'
            """
        return try String.fetchAll(db, sql: select).reduce(into: [:]) { counts, table in
            counts[table] = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table.quotedIdentifier)") ?? 0
        }
    }

    private static func requireSpace(_ bytes: Int64, for path: String) throws(StorageError) {
        let folder = (path as NSString).deletingLastPathComponent
        var status = statvfs()
        guard statvfs(folder.isEmpty ? "." : folder, &status) == 0 else { return }
        let free = Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
        guard free < bytes + Int64(spareBytes) else { return }
        throw StorageError(
            .full, "\(folder): \(free >> 20) MB are free, and the backup needs \(bytes >> 20) MB and some to spare")
    }
}
