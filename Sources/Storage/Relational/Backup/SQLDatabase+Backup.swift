import AIBoxAPI
import Foundation

/// What a database has written into the file of a backup.
public struct BackupContent: Sendable {
    let bytes: Int64
    /// Hexadecimal.
    let sha256: String
    /// Of each table, where they were counted in the same snapshot.
    let rows: [String: Int]?
}

extension SQLDatabase {
    /// Writes a backup while the database is in use: all that was committed before the call is in it. The file appears
    /// when it is synced and verified; after a failure nothing of it is left.
    ///
    /// - Parameters:
    ///   - draft: the manifest, whose bytes, checksum and rows are filled in.
    ///   - progress: as that of `writeContent(of:_:)`.
    /// - Throws: `StorageError` `.conflict` when the file is there already, `.unavailable` when another process writes it,
    ///   `.full`, `.damaged` when what was read or written is not right; `CancellationError`.
    public func backUp(
        to file: BackupFile, as draft: DatabaseBackup,
        _ progress: @escaping @Sendable (_ done: Int64, _ total: Int64?) -> Void = { _, _ in }
    ) async throws -> DatabaseBackup {
        let part = try await OwnThread.run("aibox.backup") { _ in try file.begin() }
        defer { withExtendedLifetime(part) {} }
        do {
            let content = try await writeContent(of: file, progress)
            return try await OwnThread.run("aibox.backup") { _ in
                var manifest = draft
                (manifest.bytes, manifest.sha256, manifest.rows) = (content.bytes, content.sha256, content.rows)
                try file.publish(manifest)
                return manifest
            }
        } catch {
            file.abandon()
            throw error
        }
    }
}

extension SQLiteDatabase {
    public func writeContent(
        of file: BackupFile, _ progress: @escaping @Sendable (_ done: Int64, _ total: Int64?) -> Void
    ) async throws -> BackupContent {
        try await OwnThread.run("aibox.backup") { [path] check in
            let rows = try SQLiteBackup.write(from: path, to: file.part) { done, total in
                try check()
                progress(done, total)
            }
            try SQLiteBackup.verify(file.part, rows: rows)
            let (bytes, sha256) = try BackupFile.checksum(of: file.part, check)
            return BackupContent(bytes: bytes, sha256: sha256, rows: rows)
        }
    }
}

extension PostgresDatabase {
    public func writeContent(
        of file: BackupFile, _ progress: @escaping @Sendable (_ done: Int64, _ total: Int64?) -> Void
    ) async throws -> BackupContent {
        try await OwnThread.run("aibox.backup") { [url] check in
            let archive = PostgresArchive()
            let part = try DurableFile(file.part, O_WRONLY)
            let (bytes, sha256) = try archive.write(url, to: part) { done in
                try check()
                progress(done, nil)
            }
            try archive.verify(file.part, check)
            return BackupContent(bytes: bytes, sha256: sha256, rows: nil)
        }
    }
}
