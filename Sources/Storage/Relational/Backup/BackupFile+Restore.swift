import AIBoxAPI
import Foundation

extension BackupFile {
    /// Reads the whole backup: that it is the file which was written, and what the database's own check says of it.
    ///
    /// - Returns: its manifest.
    /// - Throws: `StorageError` `.damaged`; `.notFound` without a file, a manifest, or the program that reads an archive;
    ///   `CancellationError`.
    public func verify() async throws -> DatabaseBackup {
        try await OwnThread.run("aibox.backup") { check in
            let manifest = try self.manifest()
            try compare(path, with: manifest, check)
            switch manifest.form {
            case .sqlite: try SQLiteBackup.verify(path, rows: manifest.rows)
            case .postgres: try PostgresArchive().verify(path, check)
            }
            return manifest
        }
    }

    /// Puts a verified backup of SQLite where no database is; all of it appears or nothing.
    ///
    /// - Throws: `StorageError` `.conflict` when there is a database, `.full`, `.damaged`.
    public func restore(toSQLite target: String) async throws {
        try await OwnThread.run("aibox.restore") { check in
            for suffix in ["", "-wal", "-journal"] where DurableFile.exists(target + suffix) {
                throw StorageError(.conflict, "\(target)\(suffix) is there already: restore into an empty place")
            }
            let part = BackupFile(target).part
            do {
                try copy(to: part, check)
                try compare(part, with: manifest(), check)
                guard rename(part, target) == 0 else {
                    throw StorageError(.inputOutput, "\(target): \(String(cString: strerror(errno)))")
                }
                try DurableFile.syncFolder(of: target)
            } catch {
                unlink(part)
                throw error
            }
        }
    }

    /// Puts a verified backup of PostgreSQL into a database without tables; all of it or nothing.
    ///
    /// - Throws: `StorageError` `.conflict` when there are tables, `.notFound` without `pg_restore`.
    public func restore(toPostgres url: String) async throws {
        let database = try await PostgresDatabase.open(PostgresDatabase.Configuration(url: url))
        let table: Result<String?, any Error>
        do {
            let select = "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() LIMIT 1"
            table = .success(try await database.read { try $0.value(select) })
        } catch {
            table = .failure(error)
        }
        await database.close()
        if let table = try table.get() {
            throw StorageError(.conflict, "the database has tables already (\(table)): restore into an empty one")
        }
        try await OwnThread.run("aibox.restore") { check in
            try PostgresArchive().restore(path, into: url, check)
        }
    }

    private func copy(to target: String, _ check: () throws -> Void) throws {
        let (source, copy) = (try DurableFile(path, O_RDONLY), try DurableFile(target, O_RDWR | O_CREAT | O_TRUNC))
        var offset = 0
        while true {
            try check()
            let bytes = try source.read(at: offset, count: Self.chunk)
            if bytes.isEmpty { break }
            try copy.write(bytes, at: offset)
            offset += bytes.count
        }
        try copy.sync()
    }
}
