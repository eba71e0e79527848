import AIBoxAPI
import Crypto
import Foundation

/// A backup of a database: a file, and beside it its manifest, `FILE.json`.
///
/// It is written as `FILE.part`, which is locked meanwhile. The file appears under its name last, once it is synced,
/// verified and has its manifest: whoever sees it sees all of it, wherever the process was killed.
public struct BackupFile: Sendable, Hashable {
    /// Bytes that are read at once.
    static let chunk = 1 << 20
    /// Bytes of the largest manifest.
    private static let manifestLimit = 1 << 20

    public let path: String

    public init(_ path: String) { self.path = path }

    public var name: String { (path as NSString).lastPathComponent }
    public var exists: Bool { DurableFile.exists(path) }
    var manifestPath: String { path + ".json" }
    var part: String { path + ".part" }

    /// What is known of it.
    ///
    /// - Throws: `StorageError` `.notFound` without a file or a manifest, `.damaged`.
    public func manifest() throws(StorageError) -> DatabaseBackup {
        guard exists, DurableFile.exists(manifestPath) else {
            throw StorageError(.notFound, "\(path) is no backup: the file or \(name).json beside it is missing")
        }
        let bytes = try DurableFile(manifestPath, O_RDONLY).read(at: 0, count: Self.manifestLimit)
        do { return try JSONDecoder().decode(DatabaseBackup.self, from: Data(bytes)) } catch {
            throw StorageError(.damaged, "\(manifestPath) is no manifest of a backup")
        }
    }

    /// Removes what a process that was killed has left half written; not what is being written. Returns whether there
    /// was something.
    public func removeUnfinished() throws(StorageError) -> Bool {
        guard DurableFile.exists(part) else { return false }
        let file = try DurableFile(part, O_RDWR)
        do throws(StorageError) { try file.lock() } catch {
            if error.code == .unavailable { return false }
            throw error
        }
        try Self.unlink(part)
        if !exists { try? Self.unlink(manifestPath) }
        return true
    }

    /// Removes the file, then the manifest.
    public func remove() throws(StorageError) {
        try Self.unlink(path)
        try Self.unlink(manifestPath)
        try DurableFile.syncFolder(of: path)
    }

    /// - Throws: `.damaged` when `file` is not what the manifest describes; it is read whole.
    func compare(_ file: String, with manifest: DatabaseBackup, _ check: () throws -> Void) throws {
        let (bytes, sha256) = try Self.checksum(of: file, check)
        guard bytes == manifest.bytes, sha256 == manifest.sha256 else {
            throw StorageError(
                .damaged,
                "\(file) is damaged: it has \(bytes) bytes with SHA-256 \(sha256), and was written with "
                    + "\(manifest.bytes) and \(manifest.sha256)")
        }
    }

    // MARK: Writing

    /// Opens the part that a backup is written to, empty and locked.
    ///
    /// - Throws: `.conflict` when the file is there, `.unavailable` when another process writes it.
    func begin() throws(StorageError) -> DurableFile {
        guard !exists else { throw StorageError(.conflict, "\(path) is there already: it is not overwritten") }
        let file = try DurableFile(part, O_RDWR | O_CREAT)
        try file.lock()
        try file.truncate(to: 0)
        return file
    }

    /// Makes the part the backup that `manifest` describes.
    func publish(_ manifest: DatabaseBackup) throws(StorageError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let text = try? encoder.encode(manifest) else {
            throw StorageError(.invalid, "the manifest of \(path) cannot be written")
        }
        try DurableFile.replace(manifestPath, with: Array(text) + [UInt8(ascii: "\n")])
        if rename(part, path) < 0 { throw Self.failure(path) }
        try DurableFile.syncFolder(of: path)
    }

    /// Takes back what was begun.
    func abandon() {
        Foundation.unlink(part)
        if !exists { Foundation.unlink(manifestPath) }
    }

    /// Bytes and SHA-256 of a file.
    ///
    /// - Parameter check: called now and then; what it throws ends the reading.
    static func checksum(of path: String, _ check: () throws -> Void) throws -> (bytes: Int64, sha256: String) {
        let file = try DurableFile(path, O_RDONLY)
        var (hash, offset) = (SHA256(), 0)
        while true {
            try check()
            let bytes = try file.read(at: offset, count: chunk)
            if bytes.isEmpty { break }
            hash.update(data: bytes)
            offset += bytes.count
        }
        return (Int64(offset), hash.finalize().hexadecimal)
    }

    private static func unlink(_ path: String) throws(StorageError) {
        if Foundation.unlink(path) < 0 && errno != ENOENT { throw failure(path) }
    }

    private static func failure(_ path: String) -> StorageError {
        StorageError(.inputOutput, "\(path): \(String(cString: strerror(errno)))")
    }
}
