import AIBoxAPI
import Foundation
import NIOPosix

/// The calls that block, for callers on the cooperative pool.
extension SubjectKeys {
    /// As `init`, on a thread that may block.
    public static func open(folder: String, _ ring: KeyRing) async throws -> SubjectKeys {
        try await NIOThreadPool.singleton.runIfActive { try SubjectKeys(folder: folder, ring) }
    }

    /// As `erase`, for several subjects, on a thread that may block.
    public func eraseAll(_ subjects: [UUIDv7]) async throws {
        try await NIOThreadPool.singleton.runIfActive { for subject in subjects { try self.erase(subject) } }
    }

    /// As `rewrap` until all is done, on a thread that may block. Returns how many keys there were.
    public func rewrapAll() async throws -> Int {
        try await NIOThreadPool.singleton.runIfActive {
            var total = 0
            while case let count = try self.rewrap(), count > 0 { total += count }
            return total
        }
    }

    /// As `retire`, on a thread that may block.
    public func retireWaiting(_ id: KeyID) async throws {
        try await NIOThreadPool.singleton.runIfActive { try self.retire(id) }
    }

    /// Whether there are keys in the folder.
    public static func exist(in folder: String) -> Bool { DurableFile.exists(SubjectKeyFiles(folder: folder).keys) }

    /// How far the ledger of erased subjects has come, read beside whoever has the folder open; `nil`: there is none.
    public static func erasures(in folder: String) throws(StorageError) -> DatabaseBackup.Erasures? {
        let path = SubjectKeyFiles(folder: folder).ledger
        guard DurableFile.exists(path) else { return nil }
        let file = try DurableFile(path, O_RDONLY)
        let bytes = try file.read(at: 0, count: Int(file.status().st_size))
        let anchor = try ErasureLedger.read(bytes, path, expected: ErasureLedger.Anchor()).anchor
        return DatabaseBackup.Erasures(count: anchor.count, sha256: anchor.hash.hexadecimal)
    }
}
